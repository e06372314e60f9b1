{#- The vocabulary's columns, in the order of its documentation. -#}
{% macro facet_columns() -%}
    {{ return([
        'roi_class', 'structure', 'laterality', 'site', 'site_laterality', 'tg263_name',
        'target_type', 'target_part', 'target_index', 'dose_gy',
        'margin_mm', 'operation', 'operand',
        'language', 'match_rule', 'confidence', 'candidates', 'unread',
        'property_category_code', 'property_category_scheme', 'property_category_meaning',
        'property_type_code', 'property_type_scheme', 'property_type_meaning',
        'modifier_code', 'modifier_scheme', 'modifier_meaning',
        'site_code', 'site_scheme', 'site_meaning',
        'in_dicom_cid', 'FMAID',
    ]) }}
{%- endmacro %}
