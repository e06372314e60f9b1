{#- The index parts frames by the rule of the models beside this one; IDC's tables tell of none. -#}
{%- set columns = [
    adapter.quote('Rows'), adapter.quote('Columns'),
    'collection_id', 'PatientID', 'StudyInstanceUID', 'FrameOfReferenceUID', 'Modality',
    'SOPClassUID', 'SeriesDescription', 'Manufacturer', 'ManufacturerModelName',
    'crdc_series_uuid', 'aws_bucket', 'license_short_name', 'source_DOI',
] -%}
{{ config(materialized='table') }}

with instances as (
    select * from {{ ref('stg_dicom_all') }}
),

{% if var('source') == 'dicom' -%}
-- of a series of several such images the converter parts the frames together
series as (
    select SeriesInstanceUID
    from instances
    group by SeriesInstanceUID
    having count(*) = 1
),

enhanced as (
    select instances.*
    from instances
    inner join series on instances.SeriesInstanceUID = series.SeriesInstanceUID
    where instances.SOPClassUID in {{ quoted_list(var('enhanced_sop_class_uids')) }}
),

final as (
    select
        enhanced.SeriesInstanceUID,
        enhanced.SOPInstanceUID,
        {% for name in columns -%}
        enhanced.{{ name }},
        {% endfor -%}
        stack.stack_number,
        stack.separated_by,
        cast(1 as int64) as instance_count,
        cast(1 as int64) as placed_instance_count,
        stack.frame_count,
        stack.slice_count,
        stack.is_localizer,
        stack.row_spacing_mm,
        stack.column_spacing_mm,
        stack.slice_spacing_mm,
        stack.smallest_gap_mm,
        stack.largest_gap_mm,
        stack.first_mm,
        stack.last_mm,
        stack.normal_x,
        stack.normal_y,
        stack.normal_z,
        cast(0 as {{ type_double() }}) as row_drift_pixels,
        cast(0 as {{ type_double() }}) as column_drift_pixels,
        enhanced.instance_size / 1000000 as {{ adapter.quote('series_size_MB') }},
        stack.grid_kind
    from {{ unnested('enhanced', stack='enhanced.frame_stacks') }}
)
{%- else -%}
final as (
    select
        SeriesInstanceUID,
        SOPInstanceUID,
        {% for name in columns -%}
        {{ name }},
        {% endfor -%}
        {% for name in [
            'stack_number', 'instance_count', 'placed_instance_count', 'frame_count', 'slice_count',
        ] -%}
        cast(null as int64) as {{ name }},
        {% endfor -%}
        {% for name in ['separated_by', 'grid_kind'] -%}
        cast(null as string) as {{ name }},
        {% endfor -%}
        {% for name in [
            'row_spacing_mm', 'column_spacing_mm', 'slice_spacing_mm', 'smallest_gap_mm',
            'largest_gap_mm', 'first_mm', 'last_mm', 'normal_x', 'normal_y', 'normal_z',
            'row_drift_pixels', 'column_drift_pixels', 'series_size_MB',
        ] -%}
        cast(null as {{ type_double() }}) as {{ name }},
        {% endfor -%}
        cast(null as bool) as is_localizer
    from instances
    where false
)
{%- endif %}

select * from final
