with source as (
    select * from {{ source_model('idc_version') }}
),

final as (
    select idc_version
    from source
)

select * from final
