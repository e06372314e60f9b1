-- IDC's tables hold no matrices of registrations
with series as (
    select * from {{ source('idc_index', 'idc_index') }}
),

final as (
    select
        SeriesInstanceUID as SOPInstanceUID,
        collection_id,
        PatientID,
        cast(null as string) as FrameOfReferenceUID,
        cast(null as string) as source_FrameOfReferenceUID,
        cast(null as string) as kind,
        cast(null as string) as matrix
    from series
    where false
)

select * from final
