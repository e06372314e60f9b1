with masks as (
    select * from {{ ref('int_masks') }}
    where roi_class = 'ANATOMY' and is_exclusive and coalesce(laterality, '') != 'B'
),

mask_overlaps as (
    select * from {{ ref('stg_registry__mask_overlaps') }}
),

parents as (
    select * from {{ ref('roi_structure_parents') }}
),

pairs as (
    select
        mask_overlaps.conversion_id,
        mask_overlaps.shared_voxel_count,
        one.ROINumber,
        other.ROINumber as other_ROINumber,
        one.structure,
        other.structure as other_structure,
        one.laterality,
        other.laterality as other_laterality,
        least(one.voxel_count, other.voxel_count) as smaller_voxel_count
    from mask_overlaps
    inner join masks as one
        on
            mask_overlaps.conversion_id = one.conversion_id
            and mask_overlaps.ROINumber = one.ROINumber
    inner join masks as other
        on
            mask_overlaps.conversion_id = other.conversion_id
            and mask_overlaps.other_ROINumber = other.ROINumber
),

impossible as (
    select pairs.*
    from pairs
    left join parents
        on
            (pairs.structure = parents.structure and pairs.other_structure = parents.parent)
            or (pairs.other_structure = parents.structure and pairs.structure = parents.parent)
    where
        parents.structure is null
        -- neighbours that share a border may share some voxels
        and pairs.shared_voxel_count >= 0.1 * pairs.smaller_voxel_count
        and (
            pairs.structure != pairs.other_structure
            or (pairs.laterality = 'L' and pairs.other_laterality = 'R')
            or (pairs.laterality = 'R' and pairs.other_laterality = 'L')
        )
),

final as (
    select
        conversion_id,
        ROINumber,
        'organs_overlap' as finding_code,
        cast(cast(round(100 * shared_voxel_count / smaller_voxel_count) as int64) as string)
        || ' % of the smaller one are in ROI ' || cast(other_ROINumber as string)
        || ' (' || other_structure || ') too' as detail
    from impossible
)

select * from final
