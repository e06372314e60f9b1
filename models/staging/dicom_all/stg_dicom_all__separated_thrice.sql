{{ config(materialized='table') }}

with parts as (
    select * from {{ ref('stg_dicom_all__separated_twice') }}
),

{{ separated_parts() }}

select * from final
