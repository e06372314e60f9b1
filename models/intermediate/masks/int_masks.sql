with masks as (
    select * from {{ ref('stg_registry__masks') }}
),

rois as (
    select * from {{ ref('rtstruct_rois') }}
),

structure_shapes as (
    select * from {{ ref('structure_shapes') }}
),

-- of items that share a number the converter takes the first one
numbered_rois as (
    select
        *,
        row_number() over (partition by structure_set_key, ROINumber order by roi_position) as place
    from rois
    where ROINumber is not null
),

final as (
    select
        masks.conversion_id,
        masks.structure_set_key,
        masks.referenced_SeriesInstanceUID,
        masks.ROINumber,
        masks.voxel_count,
        masks.mask_volume_mL,
        masks.x_mm,
        masks.component_count,
        masks.largest_component_share,
        masks.hole_volume_mL,
        masks.touches_side,
        rois.roi_class,
        rois.structure,
        rois.laterality,
        coalesce(structure_shapes.is_midline, false) as is_midline,
        -- of a paired organ only one side is one part
        coalesce(structure_shapes.is_one_part, false)
        and (rois.laterality in ('L', 'R') or not structure_shapes.is_paired) as is_one_part,
        coalesce(structure_shapes.is_exclusive, false) as is_exclusive
    from masks
    left join numbered_rois as rois
        on
            masks.structure_set_key = rois.structure_set_key
            and masks.ROINumber = rois.ROINumber
            and rois.place = 1
    left join structure_shapes on rois.structure = structure_shapes.structure
)

select * from final
