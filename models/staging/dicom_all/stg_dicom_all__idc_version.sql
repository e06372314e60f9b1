{% if var('source') == 'idc' -%}
with version_metadata as (
    select * from {{ source('idc', 'version_metadata') }}
),

final as (
    select max(idc_version) as idc_version
    from version_metadata
)
{%- else -%}
with final as (
    select cast(null as int64) as idc_version
)
{%- endif %}

select * from final
