with rois as (
    select * from {{ ref('rtstruct_rois') }}
),

final as (
    select
        structure,
        laterality,
        collection_id,
        count(distinct SeriesInstanceUID) as series_count,
        count(distinct PatientID) as patient_count,
        count(*) as roi_count,
        cast(sum(case when roi_class = 'ANATOMY' then 1 else 0 end) as int64) as anatomy_roi_count,
        cast(sum(case when {{ is_guess('confidence') }} then 1 else 0 end) as int64)
            as guessed_roi_count,
        count(distinct ROIName) as raw_name_count,
        {{ idc_version() }}
    from rois
    where structure is not null
    group by structure, laterality, collection_id
)

select * from final
