{#- One row per element of the arrays that the keywords name, whatever their order, an array of an element inside
    that element: in a `from`,
    `unnested('plans', study='plans.studies', series='study.series')`. With `offset`, also the place of the last
    element, counted from 0. A null or empty array gives no row.
    DuckDB could unnest in a join as BigQuery does, but then it groups by the arrays to join them back to their
    rows: six times the time. -#}
{% macro unnested(relation, offset=none) -%}
    {{ return(adapter.dispatch('unnested', 'rtstruct')(relation, inside_out(kwargs), offset)) }}
{%- endmacro %}

{% macro default__unnested(relation, arrays, offset) -%}
    {%- set nested = namespace(rows=relation) -%}
    {%- for element, array in arrays -%}
        {%- set place -%}
            {%- if offset and loop.last %}, unnest(range(len({{ array }}))) as {{ offset }}{% endif -%}
        {%- endset -%}
        {%- set nested.rows = '(select *, unnest(' ~ array ~ ') as ' ~ element ~ place ~ ' from ' ~ nested.rows ~ ')' -%}
    {%- endfor -%}
    {{ return(nested.rows ~ ' as ' ~ relation) }}
{%- endmacro %}

{% macro bigquery__unnested(relation, arrays, offset) -%}
    {{ relation }}
    {%- for element, array in arrays %}
    cross join unnest({{ array }}) as {{ element }}{% if offset and loop.last %} with offset as {{ offset }}{% endif %}
    {%- endfor -%}
{%- endmacro %}

{#- Pairs of an element and its array, each after the element that its array belongs to. dbt 2 hands keywords over
    in alphabetical order. -#}
{% macro inside_out(arrays) -%}
    {%- set ordered = [] -%}
    {%- set names = [] -%}
    {%- for _ in arrays -%}
        {%- for element, array in arrays.items() if element not in names -%}
            {%- set outer = [] -%}
            {%- for other in arrays if other != element and other not in names -%}
                {%- if array.startswith(other ~ '.') or ('(' ~ other ~ '.') in array -%}
                    {%- do outer.append(other) -%}
                {%- endif -%}
            {%- endfor -%}
            {%- if not outer -%}
                {%- do ordered.append([element, array]) -%}
                {%- do names.append(element) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(ordered) }}
{%- endmacro %}
