-- IDC's index lists series, not instances
with series as (
    select * from {{ source('idc_index', 'idc_index') }}
),

final as (
    select
        SeriesInstanceUID,
        cast(null as string) as SOPInstanceUID,
        cast(null as {{ type_double() }}) as position_mm,
        cast(null as int64) as stack_number,
        cast(null as string) as separated_by
    from series
    where false
)

select * from final
