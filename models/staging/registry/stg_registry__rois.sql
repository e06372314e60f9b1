{%- set rois = source('registry', 'rois') %}
with registry_rois as (
    {% if source_is_present(rois) %}
    select * from {{ rois }}
    {% else %}
    select
        cast(null as {{ dbt.type_string() }}) as structure_set_key,
        cast(null as {{ dbt.type_int() }}) as ROINumber,
        cast(null as {{ dbt.type_string() }}) as ROIName,
        cast(null as {{ dbt.type_string() }}) as state,
        cast(null as {{ dbt.type_string() }}) as error_code
    from (select 1 as one) as nothing
    where one = 0
    {% endif %}
),

final as (
    select
        structure_set_key,
        ROINumber,
        ROIName,
        state,
        error_code
    from registry_rois
)

select * from final
