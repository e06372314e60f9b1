-- What has become of each ROI until now; of several tries the best counts.
with tries as (
    select structure_set_key, ROINumber, masks.ROIName, 1 as place, 'mask' as state, null as error_code
    from registry.masks inner join registry.conversions using (conversion_id)
    union all
    select structure_set_key, ROINumber, points.ROIName, 2, 'points', null
    from registry.points inner join registry.conversions using (conversion_id)
    union all
    select structure_set_key, ROINumber, ROIName,
        array_position(['', '', 'failed', 'not_convertible', 'empty'], roi_failures.status),
        roi_failures.status, roi_failures.error_code
    from registry.roi_failures
    inner join (select conversion_id, structure_set_key from registry.conversions) using (conversion_id)
),

best as (
    select
        structure_set_key,
        coalesce(rois.ROINumber::varchar, 'named ' || rois.ROIName) as roi_key,
        arg_min(state, place) as state,
        arg_min(error_code, place) as error_code
    from tries
    cross join lateral (
        select tries.ROINumber, null as ROIName
        union all
        select null, tries.ROIName
    ) as rois
    group by all
)

select
    collection_id,
    coalesce(best.state, 'never_tried') as state,
    best.error_code,
    count(*) as rois
from rtstruct_rois as rois
left join best
    on rois.structure_set_key = best.structure_set_key
    and case
        when rois.ROINumber is not null then rois.ROINumber::varchar
        when rois.stated_roi_number is null then 'named ' || rois.ROIName
    end = best.roi_key
group by all
order by collection_id, state, error_code
