{{ config(materialized='table') }}

with parts as (
    select
        *,
        grid as part,
        '' as separated_by
    from {{ ref('stg_dicom_all__slice_grids') }}
),

{{ separated_parts() }}

select * from final
