{#- Contracts spell types as BigQuery does. DuckDB knows string and int64 by those names, but not float64. -#}
{% macro declare_types() -%}
    {{ return(adapter.dispatch('declare_types', 'rtstruct')()) }}
{%- endmacro %}

{% macro default__declare_types() -%} {%- endmacro %}

{% macro duckdb__declare_types() -%} create type if not exists float64 as double {%- endmacro %}
