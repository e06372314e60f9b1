{#- True where the text holds a match of the pattern; the engines only differ in the function's name. -#}
{% macro regex_match(expr, pattern) -%}
    {{ return(adapter.dispatch('regex_match', 'rtstruct')(expr, pattern)) }}
{%- endmacro %}

{% macro default__regex_match(expr, pattern) -%}
    regexp_matches({{ expr }}, {{ rtstruct.regex_literal(pattern) }})
{%- endmacro %}

{% macro bigquery__regex_match(expr, pattern) -%}
    regexp_contains({{ expr }}, {{ rtstruct.regex_literal(pattern) }})
{%- endmacro %}
