with instances as (
    select * from {{ ref('stg_dicom_all') }}
),

{% if var('source') == 'dicom' -%}
final as (
    select
        instances.SOPInstanceUID,
        instances.collection_id,
        instances.PatientID,
        instances.FrameOfReferenceUID,
        registration.FrameOfReferenceUID as source_FrameOfReferenceUID,
        registration.kind,
        registration.matrix
    from {{ unnested('instances', registration='instances.registrations') }}
)
{%- else -%}
-- IDC's tables hold no matrices of registrations
final as (
    select
        SOPInstanceUID,
        collection_id,
        PatientID,
        FrameOfReferenceUID,
        cast(null as string) as source_FrameOfReferenceUID,
        cast(null as string) as kind,
        cast(null as string) as matrix
    from instances
    where false
)
{%- endif %}

select * from final
