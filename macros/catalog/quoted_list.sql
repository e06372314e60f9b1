{#- Texts as a list of literals, to stand after `in`. Only for what the project itself names. -#}
{% macro quoted_list(texts) -%}
    ('{{ texts | join("', '") }}')
{%- endmacro %}
