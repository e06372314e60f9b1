{{ config(materialized='table') }}

with source as (
    select * from {{ source_model('image_series') }}
),

final as (
    select {{ own_columns() }}
    from source
)

select * from final
