with registrations as (
    select * from {{ source_model('registrations') }}
),

final as (
    select distinct
        SOPInstanceUID,
        collection_id,
        PatientID,
        FrameOfReferenceUID,
        source_FrameOfReferenceUID,
        kind,
        matrix,
        {{ idc_version() }}
    from registrations
)

select * from final
