{#- The IDC release that rows come from: every mart carries it. -#}
{% macro idc_version() -%}
    (select idc_version from {{ ref('int_idc_version') }}) as idc_version
{%- endmacro %}
