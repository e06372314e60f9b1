{#- One row per element of an array column. With `offset`, also the element's place; read that place with
    ordinal(), since BigQuery counts from 0 and DuckDB from 1. A null or empty array gives no row. -#}
{% macro unnest_join(array_expr, alias, offset=none) -%}
    {{ return(adapter.dispatch('unnest_join', 'rtstruct')(array_expr, alias, offset)) }}
{%- endmacro %}

{% macro default__unnest_join(array_expr, alias, offset=none) -%}
    cross join unnest({{ array_expr }}){% if offset %} with ordinality{% endif %} as _{{ alias }} ({{ alias }}{% if offset %}, {{ offset }}{% endif %})
{%- endmacro %}

{% macro bigquery__unnest_join(array_expr, alias, offset=none) -%}
    cross join unnest({{ array_expr }}) as {{ alias }}{% if offset %} with offset as {{ offset }}{% endif %}
{%- endmacro %}
