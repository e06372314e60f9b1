with rois as (
    select * from {{ ref('rtstruct_rois') }}
),

tried as (
    select * from {{ ref('stg_registry__rois') }}
),

-- a ROI may be tried on several images and with several parameters: the best result counts
ranked_tries as (
    select
        structure_set_key,
        ROINumber,
        state,
        error_code,
        row_number() over (
            partition by structure_set_key, ROINumber
            order by
                case state
                    when 'mask' then 1
                    when 'points' then 2
                    when 'failed' then 3
                    when 'not_convertible' then 4
                    else 5
                end,
                error_code
        ) as place
    from tried
),

best_tries as (
    select
        structure_set_key,
        ROINumber,
        state,
        error_code
    from ranked_tries
    where place = 1
),

final as (
    select
        rois.collection_id,
        rois.structure,
        coalesce(best_tries.state, 'never_tried') as state,
        best_tries.error_code,
        count(*) as roi_count,
        {{ idc_version() }}
    from rois
    left join best_tries
        on
            rois.structure_set_key = best_tries.structure_set_key
            and rois.ROINumber = best_tries.ROINumber
    group by rois.collection_id, rois.structure, best_tries.state, best_tries.error_code
)

select * from final
