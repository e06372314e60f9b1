{#- A multi-valued attribute as one text; null if it has no value. BigQuery cannot store the difference between
    a null and an empty array, so that an empty one must read as null on every engine. -#}
{% macro array_text(array_expr, separator=',') -%}
    nullif(array_to_string({{ array_expr }}, '{{ separator }}'), '')
{%- endmacro %}
