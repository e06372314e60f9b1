with masks as (
    select * from {{ ref('stg_registry__masks') }}
),

final as (
    select
        path as mask,
        sha256 as mask_sha256,
        conversion_id,
        structure_set_key,
        referenced_SeriesInstanceUID,
        stack_number,
        ROINumber,
        {{ idc_version() }}
    from masks
)

select * from final
