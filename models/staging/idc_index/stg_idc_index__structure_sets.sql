with series as (
    select * from {{ source('idc_index', 'idc_index') }}
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

rtstruct_index as (
    select * from {{ ref('stg_idc_index__rtstruct_index') }}
),

final as (
    select
        series.SeriesInstanceUID as structure_set_key,
        series.collection_id,
        series.analysis_result_id,
        series.PatientID,
        series.StudyInstanceUID,
        series.SeriesInstanceUID,
        cast(null as string) as SOPInstanceUID,
        cast(null as string) as FrameOfReferenceUID,
        nullif(series.SeriesDescription, '') as SeriesDescription,
        cast(null as string) as StructureSetLabel,
        cast(null as string) as StructureSetName,
        cast(null as date) as StructureSetDate,
        cast(null as string) as ApprovalStatus,
        nullif(series.Manufacturer, '') as Manufacturer,
        nullif(series.ManufacturerModelName, '') as ManufacturerModelName,
        series.crdc_series_uuid,
        series.aws_bucket,
        cast(round(series.series_size_MB * 1000000) as int64) as instance_size,
        cast(null as string) as instance_hash,
        series.series_init_idc_version,
        series.series_revised_idc_version,
        series.license_short_name,
        series.source_DOI,
        cast(null as string) as file_path,
        cast(null as string) as archive_member,
        series.instanceCount as instance_count,
        rtstruct_index.SeriesInstanceUID is not null as rois_known,
        false as contours_known,
        rtstruct_index.total_rois as stated_roi_count
    from series
    left join rtstruct_index on series.SeriesInstanceUID = rtstruct_index.SeriesInstanceUID
)

select * from final
