{#- All matches in order, as an array; the pattern has no capture group, which the engines read differently. -#}
{% macro regex_extract_all(expr, pattern) -%}
    regexp_extract_all({{ expr }}, {{ rtstruct.regex_literal(pattern) }})
{%- endmacro %}
