{{ config(materialized='table') }}

with rois as (
    select
        structure_set_key,
        ROIName,
        RTROIInterpretedType
    from {{ ref('int_rois') }}
    where ROIName is not null
),

structure_sets as (
    select
        structure_set_key,
        {{ rtstruct.roi_cohort('collection_id', 'Manufacturer') }} as cohort
    from {{ ref('int_structure_sets') }}
),

final as (
    select
        structure_sets.cohort,
        rois.ROIName,
        case
            when count(distinct rois.RTROIInterpretedType) = 1 then min(rois.RTROIInterpretedType)
        end as RTROIInterpretedType
    from rois
    inner join structure_sets on rois.structure_set_key = structure_sets.structure_set_key
    group by structure_sets.cohort, rois.ROIName
)

select * from final
