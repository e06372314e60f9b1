{#- What a collection's override says of a name; what the name alone says otherwise no longer holds. -#}
{% macro override_columns() -%}
    {{ return(['roi_class', 'structure', 'laterality', 'tg263_name', 'match_rule', 'confidence']) }}
{%- endmacro %}
