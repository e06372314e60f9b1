{{ config(materialized='table') }}

with source as (
    select * from {{ source_model('structure_sets') }}
),

final as (
    select {{ own_columns() }}
    from source
)

select * from final
