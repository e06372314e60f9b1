-- IDC gives every instance a series
with series as (
    select * from {{ source('idc_index', 'idc_index') }}
),

final as (
    select
        collection_id,
        SeriesInstanceUID as SOPInstanceUID,
        cast(null as string) as file_path,
        cast(null as string) as archive_member
    from series
    where false
)

select * from final
