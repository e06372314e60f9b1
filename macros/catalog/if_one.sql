{#- The value that all rows of a group have; null where they differ: any one of them would be said of the others. -#}
{% macro if_one(column) -%}
    case when min({{ column }}) = max({{ column }}) and count({{ column }}) = count(*) then min({{ column }}) end
{%- endmacro %}
