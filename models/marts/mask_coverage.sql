with rois as (
    select * from {{ ref('rtstruct_rois') }}
),

tried as (
    select * from {{ ref('stg_registry__rois') }}
),

-- a source that lists series only knows the names of ROIs, not their numbers
keyed_tries as (
    select
        structure_set_key,
        cast(ROINumber as string) as roi_key,
        state,
        error_code
    from tried

    union all

    select
        structure_set_key,
        'named ' || ROIName as roi_key,
        state,
        error_code
    from tried
),

-- a ROI may be tried on several images and with several parameters: the best result counts
ranked_tries as (
    select
        structure_set_key,
        roi_key,
        state,
        error_code,
        row_number() over (
            partition by structure_set_key, roi_key
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
    from keyed_tries
),

best_tries as (
    select
        structure_set_key,
        roi_key,
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
            and case
                when rois.ROINumber is not null then cast(rois.ROINumber as string)
                when rois.stated_roi_number is null then 'named ' || rois.ROIName
            end = best_tries.roi_key
    group by rois.collection_id, rois.structure, best_tries.state, best_tries.error_code
)

select * from final
