{#- Place of an element as unnest_join() names it, counted from 1 on every engine. -#}
{% macro ordinal(offset) -%}
    {{ return(adapter.dispatch('ordinal', 'rtstruct')(offset)) }}
{%- endmacro %}

{% macro default__ordinal(offset) -%} {{ offset }} {%- endmacro %}

{% macro bigquery__ordinal(offset) -%} {{ offset }} + 1 {%- endmacro %}
