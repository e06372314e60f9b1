{#- A regular expression (RE2 on both engines) as a literal: only BigQuery reads escapes in plain strings. -#}
{% macro regex_literal(pattern) -%}
    {{ return(adapter.dispatch('regex_literal', 'rtstruct')(pattern)) }}
{%- endmacro %}

{% macro default__regex_literal(pattern) -%} '{{ pattern | replace("'", "''") }}' {%- endmacro %}

{% macro bigquery__regex_literal(pattern) -%} r'{{ pattern }}' {%- endmacro %}
