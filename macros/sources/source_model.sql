{#- The staging model of the chosen source. What comes after the intermediate models does not know the source. -#}
{% macro source_model(entity) -%}
    {%- if var('source') == 'idc_index' -%}
        {{ return(ref('stg_idc_index__' ~ entity)) }}
    {%- else -%}
        {{ return(ref('stg_dicom_all__' ~ entity)) }}
    {%- endif -%}
{%- endmacro %}
