-- Nearly half of IDC's structure sets are single seed points.
with worklist as (
    select * from {{ ref('conversion_worklist') }}
),

rois as (
    select
        structure_set_key,
        count(*) as point_count
    from {{ ref('rtstruct_rois') }}
    where contour_geometric_types = 'POINT'
    group by structure_set_key
),

final as (
    select worklist.structure_set_key
    from worklist
    inner join rois on worklist.structure_set_key = rois.structure_set_key
    where worklist.volume_roi_count + rois.point_count > worklist.roi_count
)

select * from final
