{#- One character for a mark of seed roi_role_marks, by its place: names are matched with rules by the million. -#}
{% macro roi_mark_code(place) -%}
    substr('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', {{ place }}, 1)
{%- endmacro %}
