{#- One character for a mark of seed roi_role_marks, by its place: names are matched with rules by the million. -#}
{% macro roi_mark_code(place) -%}
    chr(cast({{ place }} as {{ dbt.type_int() }}) + case when {{ place }} <= 26 then 64 else 70 end)
{%- endmacro %}
