{%- set volume_mL = safe_float('roi.ROIVolume') -%}

with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

final as (
    select
        instances.SOPInstanceUID as structure_set_key,
        roi_offset + 1 as roi_position,
        roi.ROINumber as stated_roi_number,
        {{ safe_int('roi.ROINumber') }} as ROINumber,
        roi.ROIName,
        nullif(roi.ROIDescription, '') as ROIDescription,
        case when {{ volume_mL }} > 0 then {{ volume_mL }} end as ROIVolume,
        nullif(roi.ROIGenerationAlgorithm, '') as ROIGenerationAlgorithm,
        nullif(roi.ReferencedFrameOfReferenceUID, '') as ReferencedFrameOfReferenceUID,
        cast(null as string) as RTROIInterpretedType
    from {{ unnested('instances', roi='instances.StructureSetROISequence', offset='roi_offset') }}
)

select * from final
