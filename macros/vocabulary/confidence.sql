{#- The same grades as SURE and GUESSES in python/rtstruct/catalog/confidence.py: a test holds them equal. -#}
{% macro is_sure(confidence) -%}
    {{ confidence }} in ('A', 'B')
{%- endmacro %}

{% macro is_guess(confidence) -%}
    {{ confidence }} in ('C', 'D')
{%- endmacro %}

{% macro guess_if(doubt, confidence) -%}
    case when {{ doubt }} and {{ rtstruct.is_sure(confidence) }} then 'C' else {{ confidence }} end
{%- endmacro %}
