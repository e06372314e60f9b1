{#- Every match replaced: DuckDB replaces only the first one unless told, and only BigQuery needs raw literals. -#}
{% macro regex_replace(expr, pattern, replacement) -%}
    {{ return(adapter.dispatch('regex_replace', 'rtstruct')(expr, pattern, replacement)) }}
{%- endmacro %}

{% macro default__regex_replace(expr, pattern, replacement) -%}
    regexp_replace({{ expr }}, {{ rtstruct.regex_literal(pattern) }}, '{{ replacement }}', 'g')
{%- endmacro %}

{% macro bigquery__regex_replace(expr, pattern, replacement) -%}
    regexp_replace({{ expr }}, {{ rtstruct.regex_literal(pattern) }}, r'{{ replacement }}')
{%- endmacro %}
