{#- The columns that the yml of the model lists, for models that pass those of the source on. dbt knows them when it
    compiles, not yet when it parses. -#}
{% macro own_columns() -%}
    {%- if execute -%}
        {%- for name in model.columns -%}
            {{ adapter.quote(name) }}{{ ',\n        ' if not loop.last }}
        {%- endfor -%}
    {%- else -%}
        *
    {%- endif -%}
{%- endmacro %}
