with structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

rois as (
    select * from {{ ref('rtstruct_rois') }}
),

series_counts as (
    select
        collection_id,
        count(distinct SeriesInstanceUID) as series_count,
        count(distinct PatientID) as patient_count,
        string_agg(distinct license_short_name, ',' order by license_short_name) as licenses,
        string_agg(distinct source_DOI, ',' order by source_DOI) as source_DOIs,
        round(sum(instance_size) / 1000000, 6) as series_size_MB
    from structure_sets
    group by collection_id
),

roi_counts as (
    select
        collection_id,
        count(*) as roi_count,
        count(structure) as structured_roi_count,
        cast(
            sum(case when structure is not null and {{ is_guess('confidence') }} then 1 else 0 end)
            as int64
        ) as guessed_roi_count
    from rois
    group by collection_id
),

final as (
    select
        series_counts.collection_id,
        series_counts.series_count,
        series_counts.patient_count,
        coalesce(roi_counts.roi_count, 0) as roi_count,
        roi_counts.structured_roi_count / nullif(roi_counts.roi_count, 0) as structured_roi_share,
        coalesce(roi_counts.guessed_roi_count, 0) as guessed_roi_count,
        series_counts.licenses,
        series_counts.source_DOIs,
        series_counts.series_size_MB,
        {{ portal_url('series_counts.collection_id') }} as portal_url,
        {{ idc_version() }}
    from series_counts
    left join roi_counts on series_counts.collection_id = roi_counts.collection_id
)

select * from final
