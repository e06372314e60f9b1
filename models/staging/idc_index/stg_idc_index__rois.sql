with rtstruct_index as (
    select * from {{ ref('stg_idc_index__rtstruct_index') }}
),

-- names, algorithms and types are separate sets: only a single ROI keeps them together
final as (
    select
        rtstruct_index.SeriesInstanceUID as structure_set_key,
        name_offset + 1 as roi_position,
        cast(null as string) as stated_roi_number,
        cast(null as int64) as ROINumber,
        roi_name as ROIName,
        cast(null as string) as ROIDescription,
        cast(null as {{ type_double() }}) as ROIVolume,
        case
            when rtstruct_index.total_rois = 1
                then nullif({{ array_item('rtstruct_index.ROIGenerationAlgorithms', 0) }}, '')
        end as ROIGenerationAlgorithm,
        cast(null as string) as ReferencedFrameOfReferenceUID,
        case
            when rtstruct_index.total_rois = 1
                then nullif({{ array_item('rtstruct_index.RTROIInterpretedTypes', 0) }}, '')
        end as RTROIInterpretedType
    from {{ unnested('rtstruct_index', roi_name='rtstruct_index.ROINames', offset='name_offset') }}
)

select * from final
