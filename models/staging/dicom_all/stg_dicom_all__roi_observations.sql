with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

final as (
    select
        instances.SOPInstanceUID as structure_set_key,
        {{ ordinal('observation_offset') }} as observation_position,
        observation.ReferencedROINumber as stated_roi_number,
        {{ safe_int('observation.ReferencedROINumber') }} as ROINumber,
        nullif(observation.RTROIInterpretedType, '') as RTROIInterpretedType,
        {{ array_item('observation.RTROIIdentificationCodeSequence', 0) }}.CodeValue as CodeValue,
        {{ array_item('observation.RTROIIdentificationCodeSequence', 0) }}.CodingSchemeDesignator
            as CodingSchemeDesignator,
        {{ array_item('observation.RTROIIdentificationCodeSequence', 0) }}.CodeMeaning as CodeMeaning
    from instances
    {{ unnest_join(
        'instances.RTROIObservationsSequence', 'observation', offset='observation_offset'
    ) }}
)

select * from final
