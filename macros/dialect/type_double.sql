{#- 64-bit floating point number: dbt's type_float() is 32 bits wide on DuckDB. -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'rtstruct')()) }}
{%- endmacro %}

{% macro default__type_double() -%} double {%- endmacro %}

{% macro bigquery__type_double() -%} float64 {%- endmacro %}
