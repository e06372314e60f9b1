{#- The same grades as GUESSES in python/rtstruct/catalog/confidence.py: a test holds them equal. -#}
{% macro is_guess(confidence) -%}
    {{ confidence }} in ('C', 'D')
{%- endmacro %}
