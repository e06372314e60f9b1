-- IDC's index keeps referenced series, not images
with series as (
    select * from {{ source('idc_index', 'idc_index') }}
),

final as (
    select
        SeriesInstanceUID as structure_set_key,
        cast(null as string) as SeriesInstanceUID,
        cast(null as string) as ReferencedSOPClassUID,
        cast(null as string) as ReferencedSOPInstanceUID
    from series
    where false
)

select * from final
