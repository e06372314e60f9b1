with series as (
    select * from {{ source('idc_index', 'idc_index') }}
),

volume_geometry as (
    select * from {{ ref('stg_idc_index__volume_geometry_index') }}
),

patients as (
    select distinct
        collection_id,
        PatientID
    from series
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

final as (
    select
        series.SeriesInstanceUID,
        series.collection_id,
        series.PatientID,
        series.StudyInstanceUID,
        cast(null as string) as FrameOfReferenceUID,
        series.Modality,
        series.SOPClassUID,
        nullif(series.SeriesDescription, '') as SeriesDescription,
        nullif(series.Manufacturer, '') as Manufacturer,
        nullif(series.ManufacturerModelName, '') as ManufacturerModelName,
        cast(null as int64) as {{ adapter.quote('Rows') }},
        cast(null as int64) as {{ adapter.quote('Columns') }},
        cast(null as {{ type_double() }}) as row_spacing_mm,
        cast(null as {{ type_double() }}) as column_spacing_mm,
        volume_geometry.slice_spacing_mm,
        cast(null as {{ type_double() }}) as smallest_gap_mm,
        cast(null as {{ type_double() }}) as largest_gap_mm,
        series.instanceCount as instance_count,
        cast(null as int64) as merged_series_count,
        cast(null as int64) as stack_count,
        false as is_localizer,
        cast(null as boolean) as is_placed,
        volume_geometry.single_orientation as is_one_orientation,
        volume_geometry.is_sheared,
        volume_geometry.is_evenly_spaced,
        volume_geometry.regularly_spaced_3d_volume as regularly_spaced,
        volume_geometry.obliquity_degrees,
        series.crdc_series_uuid,
        series.aws_bucket,
        series.license_short_name,
        series.source_DOI,
        series.series_size_MB
    from series
    inner join patients
        on
            series.collection_id = patients.collection_id
            and series.PatientID = patients.PatientID
    left join volume_geometry on series.SeriesInstanceUID = volume_geometry.SeriesInstanceUID
    where series.Modality not in {{ quoted_list(var('non_image_modalities')) }}
)

select * from final
