-- IDC's index lists series, not instances
with series as (
    select * from {{ source('idc_index', 'idc_index') }}
),

final as (
    select
        SeriesInstanceUID,
        cast(null as string) as SOPInstanceUID,
        SOPClassUID,
        cast(null as string) as PatientID,
        cast(null as boolean) as is_placed,
        cast(null as int64) as InstanceNumber,
        cast(null as {{ type_double() }}) as position_mm,
        cast(null as int64) as instance_size,
        cast(null as string) as header_hash,
        cast(null as string) as file_path,
        cast(null as string) as archive_member
    from series
    where false
)

select * from final
