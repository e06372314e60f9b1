{#- No row, with the columns and types that the yml of the model lists: for a source that is not there. dbt knows them
    when it compiles, not yet when it parses. -#}
{% macro no_rows() -%}
    select
    {%- if execute %}
        {%- for column in model.columns.values() %}
        cast(null as {{ type_double() if column.data_type == 'float64' else column.data_type }})
            as {{ adapter.quote(column.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- else %} 1 as one
    {%- endif %}
    from (select 1 as one) as nothing
    where one = 0
{%- endmacro %}
