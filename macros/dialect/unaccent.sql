{#- Letters without their accents. BigQuery has no function for it: decompose and drop the marks. That parts the
    syllables of Hangul too: `recomposed`, in a later step, puts them together. -#}
{% macro unaccent(expr) -%}
    {{ return(adapter.dispatch('unaccent', 'rtstruct')(expr)) }}
{%- endmacro %}

{% macro default__unaccent(expr) -%} strip_accents({{ expr }}) {%- endmacro %}

{% macro bigquery__unaccent(expr) -%}
    regexp_replace(normalize({{ expr }}, nfd), r'\p{Mn}', '')
{%- endmacro %}
