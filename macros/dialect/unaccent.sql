{#- Letters without their accents. BigQuery has no function for it: decompose, drop the marks, and put together what
    was parted besides (the syllables of Hangul). -#}
{% macro unaccent(expr) -%}
    {{ return(adapter.dispatch('unaccent', 'rtstruct')(expr)) }}
{%- endmacro %}

{% macro default__unaccent(expr) -%} strip_accents({{ expr }}) {%- endmacro %}

{% macro bigquery__unaccent(expr) -%}
    normalize(regexp_replace(normalize({{ expr }}, nfd), r'\p{Mn}', ''), nfc)
{%- endmacro %}
