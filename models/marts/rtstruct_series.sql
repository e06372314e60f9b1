with structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

rois as (
    select * from {{ ref('int_rois') }}
),

resolved as (
    select * from {{ ref('int_references') }}
),

roi_counts as (
    select
        structure_set_key,
        count(*) as roi_count
    from rois
    group by structure_set_key
),

referenced as (
    select
        structure_sets.SeriesInstanceUID,
        resolved.referenced_SeriesInstanceUID,
        resolved.evidence_rank
    from structure_sets
    inner join resolved on structure_sets.structure_set_key = resolved.structure_set_key
),

reference_counts as (
    select
        SeriesInstanceUID,
        count(distinct referenced_SeriesInstanceUID) as referenced_series_count
    from referenced
    group by SeriesInstanceUID
),

-- the image to show: the one with the best evidence, then the first UID
ranked_references as (
    select
        SeriesInstanceUID,
        referenced_SeriesInstanceUID,
        row_number() over (
            partition by SeriesInstanceUID
            order by evidence_rank, referenced_SeriesInstanceUID
        ) as rank
    from referenced
),

series as (
    select
        structure_sets.SeriesInstanceUID,
        {{ if_one('structure_sets.collection_id') }} as collection_id,
        {{ if_one('structure_sets.analysis_result_id') }} as analysis_result_id,
        {{ if_one('structure_sets.PatientID') }} as PatientID,
        {{ if_one('structure_sets.StudyInstanceUID') }} as StudyInstanceUID,
        {{ if_one('structure_sets.SeriesDescription') }} as SeriesDescription,
        {{ if_one('structure_sets.StructureSetLabel') }} as StructureSetLabel,
        {{ if_one('structure_sets.StructureSetName') }} as StructureSetName,
        {{ if_one('structure_sets.StructureSetDate') }} as StructureSetDate,
        {{ if_one('structure_sets.ApprovalStatus') }} as ApprovalStatus,
        {{ if_one('structure_sets.Manufacturer') }} as Manufacturer,
        {{ if_one('structure_sets.ManufacturerModelName') }} as ManufacturerModelName,
        cast(sum(structure_sets.instance_count) as int64) as instance_count,
        cast(
            sum(
                case
                    when structure_sets.rois_known
                        then coalesce(structure_sets.stated_roi_count, roi_counts.roi_count, 0)
                end
            ) as int64
        ) as roi_count,
        {{ if_one('structure_sets.license_short_name') }} as license_short_name,
        {{ if_one('structure_sets.source_DOI') }} as source_DOI,
        {{ if_one('structure_sets.crdc_series_uuid') }} as crdc_series_uuid,
        {{ if_one('structure_sets.aws_bucket') }} as aws_bucket,
        sum(structure_sets.instance_size) / 1000000 as series_size_MB,
        min(structure_sets.series_init_idc_version) as series_init_idc_version,
        max(structure_sets.series_revised_idc_version) as series_revised_idc_version
    from structure_sets
    left join roi_counts on structure_sets.structure_set_key = roi_counts.structure_set_key
    group by structure_sets.SeriesInstanceUID
),

final as (
    select
        series.collection_id,
        series.analysis_result_id,
        series.PatientID,
        series.StudyInstanceUID,
        series.SeriesInstanceUID,
        series.SeriesDescription,
        series.StructureSetLabel,
        series.StructureSetName,
        series.StructureSetDate,
        series.ApprovalStatus,
        series.Manufacturer,
        series.ManufacturerModelName,
        series.instance_count,
        series.roi_count,
        coalesce(reference_counts.referenced_series_count, 0) as referenced_series_count,
        {{ viewer_url(
            'series.StudyInstanceUID',
            'ranked_references.referenced_SeriesInstanceUID',
            'series.SeriesInstanceUID'
        ) }} as viewer_url,
        {{ portal_url('series.collection_id') }} as portal_url,
        series.license_short_name,
        series.source_DOI,
        series.crdc_series_uuid,
        series.aws_bucket,
        series.series_size_MB,
        series.series_init_idc_version,
        series.series_revised_idc_version,
        {{ idc_version() }}
    from series
    left join reference_counts on series.SeriesInstanceUID = reference_counts.SeriesInstanceUID
    left join ranked_references
        on
            series.SeriesInstanceUID = ranked_references.SeriesInstanceUID
            and ranked_references.rank = 1
)

select * from final
