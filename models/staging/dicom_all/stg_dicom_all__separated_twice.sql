{{ config(materialized='table') }}

with parts as (
    select * from {{ ref('stg_dicom_all__separated_once') }}
),

{{ separated_parts() }}

select * from final
