{#- Element of an array by its place, counted from 0 (a number, or a column); null beyond the end. -#}
{% macro array_item(array_expr, index) -%}
    {{ return(adapter.dispatch('array_item', 'rtstruct')(array_expr, index)) }}
{%- endmacro %}

{% macro default__array_item(array_expr, index) -%} {{ array_expr }}[{{ index + 1 if index is number else index ~ ' + 1' }}] {%- endmacro %}

{% macro bigquery__array_item(array_expr, index) -%} {{ array_expr }}[safe_offset({{ index }})] {%- endmacro %}
