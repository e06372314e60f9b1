{%- set code = array_item('observation.RTROIIdentificationCodeSequence', 0) %}
with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

final as (
    select
        instances.SOPInstanceUID as structure_set_key,
        observation_offset + 1 as observation_position,
        observation.ReferencedROINumber as stated_roi_number,
        {{ safe_int('observation.ReferencedROINumber') }} as ROINumber,
        nullif(observation.RTROIInterpretedType, '') as RTROIInterpretedType,
        {{ code }}.CodeValue as CodeValue,
        {{ code }}.CodingSchemeDesignator as CodingSchemeDesignator,
        {{ code }}.CodeMeaning as CodeMeaning
    from {{ unnested(
        'instances',
        observation='instances.RTROIObservationsSequence',
        offset='observation_offset',
    ) }}
)

select * from final
