{#- What is told of a set of slices, name and aggregate: of a whole series, and of each stack in it. -#}
{% macro stack_facts_of() -%}
    {%- set facts = {} -%}
    {%- for name in [
        'collection_id', 'PatientID', 'StudyInstanceUID', 'FrameOfReferenceUID', 'Modality', 'SOPClassUID',
        'SeriesDescription', 'Manufacturer', 'ManufacturerModelName', adapter.quote('Rows'),
        adapter.quote('Columns'), 'row_spacing_mm', 'column_spacing_mm', 'normal_x', 'normal_y', 'normal_z',
        'crdc_series_uuid', 'aws_bucket', 'license_short_name', 'source_DOI',
    ] -%}
        {%- do facts.update({name: 'min(' ~ name ~ ')'}) -%}
    {%- endfor -%}
    {%- do facts.update({
        'instance_count': 'count(*)',
        'placed_instance_count': 'count(case when is_placed then 1 end)',
        'frame_count': 'max(coalesce(NumberOfFrames, 1))',
        'is_localizer': 'min(case when is_localizer then 1 else 0 end) = 1',
        'first_mm': 'min(position_mm)',
        'last_mm': 'max(position_mm)',
        'smallest_gap_mm': 'min(gap_mm)',
        'largest_gap_mm': 'max(gap_mm)',
        'row_drift_pixels': '(max(row_offset_mm) - min(row_offset_mm)) / min(column_spacing_mm)',
        'column_drift_pixels': '(max(column_offset_mm) - min(column_offset_mm)) / min(row_spacing_mm)',
        'series_size_MB': 'sum(instance_size) / 1000000',
    }) -%}
    {{ return(facts) }}
{%- endmacro %}

{#- Their names. -#}
{% macro stack_facts() -%}
    {{ return(rtstruct.stack_facts_of().keys() | list) }}
{%- endmacro %}

{#- Columns of instances that they are made of, but for the positions, which a stack has of its own. -#}
{% macro stack_members() -%}
    {{ return([
        'collection_id', 'PatientID', 'StudyInstanceUID', 'FrameOfReferenceUID', 'Modality', 'SOPClassUID',
        'SeriesDescription', 'Manufacturer', 'ManufacturerModelName', adapter.quote('Rows'),
        adapter.quote('Columns'), 'row_spacing_mm', 'column_spacing_mm', 'normal_x', 'normal_y', 'normal_z',
        'crdc_series_uuid', 'aws_bucket', 'license_short_name', 'source_DOI', 'is_placed', 'NumberOfFrames',
        'is_localizer', 'row_offset_mm', 'column_offset_mm', 'instance_size',
    ]) }}
{%- endmacro %}

{#- Their aggregates, to stand in a `select`. -#}
{% macro stack_aggregates() -%}
    {%- for name, aggregate in rtstruct.stack_facts_of().items() %}
    {{ aggregate }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
