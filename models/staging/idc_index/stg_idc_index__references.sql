with rtstruct_index as (
    select * from {{ ref('stg_idc_index__rtstruct_index') }}
),

final as (
    select
        SeriesInstanceUID as structure_set_key,
        cast(null as string) as FrameOfReferenceUID,
        referenced_SeriesInstanceUID as SeriesInstanceUID
    from rtstruct_index
    where referenced_SeriesInstanceUID is not null
)

select * from final
