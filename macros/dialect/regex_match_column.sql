{#- regex_match() for a pattern that comes from a column: rules are rows of a seed. -#}
{% macro regex_match_column(expr, pattern_column) -%}
    {{ return(adapter.dispatch('regex_match_column', 'rtstruct')(expr, pattern_column)) }}
{%- endmacro %}

{% macro default__regex_match_column(expr, pattern_column) -%}
    regexp_matches({{ expr }}, {{ pattern_column }})
{%- endmacro %}

{% macro bigquery__regex_match_column(expr, pattern_column) -%}
    regexp_contains({{ expr }}, {{ pattern_column }})
{%- endmacro %}
