with masks as (
    select * from {{ ref('int_masks') }}
    where roi_class = 'ANATOMY' and is_one_part and voxel_count > 0
),

several_parts as (
    select
        conversion_id,
        ROINumber,
        'several_parts' as finding_code,
        cast(component_count as string) || ' parts, the largest one '
        || cast(cast(round(100 * largest_component_share) as int64) as string) || ' %' as detail
    from masks
    where component_count > 1 and largest_component_share < 0.99
),

stray_voxels as (
    select
        conversion_id,
        ROINumber,
        'stray_voxels' as finding_code,
        cast(component_count - 1 as string) || ' small parts' as detail
    from masks
    where component_count > 1 and largest_component_share >= 0.99
),

mask_holes as (
    select
        conversion_id,
        ROINumber,
        'mask_holes' as finding_code,
        cast(cast(round(100 * hole_volume_mL / mask_volume_mL) as int64) as string)
        || ' % of the volume' as detail
    from masks
    where hole_volume_mL >= 0.01 * mask_volume_mL
),

cut_by_image as (
    select
        conversion_id,
        ROINumber,
        'cut_by_image' as finding_code,
        structure as detail
    from masks
    where touches_side
),

final as (
    select * from several_parts
    union all
    select * from stray_voxels
    union all
    select * from mask_holes
    union all
    select * from cut_by_image
)

select * from final
