-- IDC's index keeps referenced series, not images
with series as (
    select * from {{ source('idc_index', 'idc_index') }}
),

final as (
    select
        SeriesInstanceUID as structure_set_key,
        cast(null as string) as ReferencedSOPInstanceUID,
        cast(null as string) as SeriesInstanceUID,
        cast(null as string) as ReferencedSOPClassUID,
        cast(null as boolean) as is_listed,
        cast(null as int64) as contour_count
    from series
    where false
)

select * from final
