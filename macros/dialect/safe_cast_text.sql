{#- Cast of a text that gives null instead of an error. Only for text that a pattern has screened: the engines
    disagree on '1.5' as an integer, on hexadecimal and on 'inf'. -#}
{% macro safe_cast_text(expr, type) -%}
    {{ return(adapter.dispatch('safe_cast_text', 'rtstruct')(expr, type)) }}
{%- endmacro %}

{% macro default__safe_cast_text(expr, type) -%} try_cast({{ expr }} as {{ type }}) {%- endmacro %}

{% macro bigquery__safe_cast_text(expr, type) -%} safe_cast({{ expr }} as {{ type }}) {%- endmacro %}
