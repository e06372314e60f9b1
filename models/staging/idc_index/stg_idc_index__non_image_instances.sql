-- IDC's index lists series, not instances
with series as (
    select * from {{ source('idc_index', 'idc_index') }}
),

final as (
    select
        cast(null as string) as SOPInstanceUID,
        SeriesInstanceUID,
        Modality
    from series
    where false
)

select * from final
