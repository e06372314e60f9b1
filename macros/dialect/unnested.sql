{#- One row per element of the arrays that the keywords name, each inside the one before: in a `from`,
    `unnested('plans', study='plans.studies', series='study.series')`. With `offset`, also the place of the last
    element, counted from 0. A null or empty array gives no row.
    DuckDB could unnest in a join as BigQuery does, but then it groups by the arrays to join them back to their
    rows: six times the time. -#}
{% macro unnested(relation, offset=none) -%}
    {{ return(adapter.dispatch('unnested', 'rtstruct')(relation, kwargs, offset)) }}
{%- endmacro %}

{% macro default__unnested(relation, arrays, offset) -%}
    {%- set nested = namespace(rows=relation) -%}
    {%- for element, array in arrays.items() -%}
        {%- set place -%}
            {%- if offset and loop.last %}, unnest(range(len({{ array }}))) as {{ offset }}{% endif -%}
        {%- endset -%}
        {%- set nested.rows = '(select *, unnest(' ~ array ~ ') as ' ~ element ~ place ~ ' from ' ~ nested.rows ~ ')' -%}
    {%- endfor -%}
    {{ return(nested.rows ~ ' as ' ~ relation) }}
{%- endmacro %}

{% macro bigquery__unnested(relation, arrays, offset) -%}
    {{ relation }}
    {%- for element, array in arrays.items() %}
    cross join unnest({{ array }}) as {{ element }}{% if offset and loop.last %} with offset as {{ offset }}{% endif %}
    {%- endfor -%}
{%- endmacro %}
