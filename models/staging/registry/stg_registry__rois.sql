{%- set rois = source('registry', 'rois') -%}
{%- set columns = ['structure_set_key', 'ROINumber', 'state', 'error_code'] -%}
{%- if registry_is_present() -%}
    select {{ columns | join(', ') }} from {{ rois }}
{%- else -%}
    select
        cast(null as {{ dbt.type_string() }}) as structure_set_key,
        cast(null as {{ dbt.type_int() }}) as ROINumber,
        cast(null as {{ dbt.type_string() }}) as state,
        cast(null as {{ dbt.type_string() }}) as error_code
    from (select 1 as one) as nothing
    where one = 0
{%- endif %}
