{#- What `unaccent` has left, with its syllables of Hangul whole. DuckDB never parts them. Not within one expression with
    `unaccent`: the emulator of BigQuery does not nest NORMALIZE. -#}
{% macro recomposed(expr) -%}
    {{ return(adapter.dispatch('recomposed', 'rtstruct')(expr)) }}
{%- endmacro %}

{% macro default__recomposed(expr) -%} {{ expr }} {%- endmacro %}

{% macro bigquery__recomposed(expr) -%} normalize({{ expr }}, nfc) {%- endmacro %}
