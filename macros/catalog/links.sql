{#- OHIF v3 of IDC's viewer: the image with the structure set on it; the study where the image is not known. -#}
{% macro viewer_url(study, image_series, rtstruct_series) -%}
    'https://viewer.imaging.datacommons.cancer.gov/v3/viewer/?StudyInstanceUIDs=' || {{ study }}
    || coalesce('&SeriesInstanceUIDs=' || {{ image_series }} || ',' || {{ rtstruct_series }}, '')
{%- endmacro %}

{#- IDC's portal, filtered to one collection. -#}
{% macro portal_url(collection) -%}
    'https://portal.imaging.datacommons.cancer.gov/explore/filters/?collection_id=' || {{ collection }}
{%- endmacro %}
