with source as (
    select * from {{ source_model('idc_version') }}
),

final as (
    select {{ own_columns() }}
    from source
)

select * from final
