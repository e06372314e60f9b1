{#- First capture group; null without a match, where DuckDB alone would give an empty text. -#}
{% macro regex_group(expr, pattern) -%}
    {{ return(adapter.dispatch('regex_group', 'rtstruct')(expr, pattern)) }}
{%- endmacro %}

{% macro default__regex_group(expr, pattern) -%}
    case
        when {{ rtstruct.regex_match(expr, pattern) }}
            then regexp_extract({{ expr }}, {{ rtstruct.regex_literal(pattern) }}, 1)
    end
{%- endmacro %}

{% macro bigquery__regex_group(expr, pattern) -%}
    regexp_extract({{ expr }}, {{ rtstruct.regex_literal(pattern) }})
{%- endmacro %}
