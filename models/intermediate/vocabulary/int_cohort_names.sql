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

segments as (
    select distinct SegmentLabel
    from {{ rtstruct.source_model('segments') }}
    where SegmentLabel is not null
),

roi_names as (
    select
        structure_sets.cohort,
        rois.ROIName,
        case
            when count(distinct rois.RTROIInterpretedType) = 1 then min(rois.RTROIInterpretedType)
        end as RTROIInterpretedType
    from rois
    inner join structure_sets on rois.structure_set_key = structure_sets.structure_set_key
    group by structure_sets.cohort, rois.ROIName
),

-- labels of segments are read too, by themselves
final as (
    select * from roi_names
    union all
    select
        'segments' as cohort,
        SegmentLabel as ROIName,
        cast(null as string) as RTROIInterpretedType
    from segments
)

select * from final
