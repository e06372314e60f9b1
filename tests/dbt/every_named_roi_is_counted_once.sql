-- roi_name_counts sums back to rtstruct_rois.
with named_rois as (
    select count(*) as roi_count
    from {{ ref('rtstruct_rois') }}
    where ROIName is not null
),

counted as (
    select coalesce(sum(roi_count), 0) as roi_count
    from {{ ref('roi_name_counts') }}
),

final as (
    select
        named_rois.roi_count as rois,
        counted.roi_count as counted_rois
    from named_rois
    cross join counted
    where named_rois.roi_count <> counted.roi_count
)

select * from final
