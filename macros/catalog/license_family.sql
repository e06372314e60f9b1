{#- A license without its version, as seed licenses lists it: CC BY-NC of `CC BY-NC 3.0`. -#}
{% macro license_family(name) -%}
    upper({{ regex_replace(name, ' +[0-9.]+$', '') }})
{%- endmacro %}
