{#- OHIF v3 of IDC's viewer: the image with the structure set on it; the study where the image is not known. -#}
{% macro viewer_url(study, image_series, rtstruct_series) -%}
    {{ rtstruct.link_into_idc(
        "'https://viewer.imaging.datacommons.cancer.gov/v3/viewer/?StudyInstanceUIDs=' || " ~ study
        ~ " || coalesce('&SeriesInstanceUIDs=' || " ~ image_series ~ " || ',' || " ~ rtstruct_series ~ ", '')"
    ) }}
{%- endmacro %}

{#- IDC's portal, filtered to one collection. -#}
{% macro portal_url(collection) -%}
    {{ rtstruct.link_into_idc(
        "'https://portal.imaging.datacommons.cancer.gov/explore/filters/?collection_id=' || " ~ collection
    ) }}
{%- endmacro %}

{#- Of a folder of DICOM it would lead nowhere, and carry identifiers there. -#}
{% macro link_into_idc(address) -%}
    {%- if var('source') == 'dicom' -%} cast(null as {{ dbt.type_string() }}) {%- else -%} {{ address }} {%- endif -%}
{%- endmacro %}
