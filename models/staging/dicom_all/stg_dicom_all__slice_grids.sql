{%- set directions = [
    'row_x', 'row_y', 'row_z', 'column_x', 'column_y', 'column_z',
    'row_spacing_mm', 'column_spacing_mm',
] -%}
{{ config(materialized='table') }}

with instances as (
    select * from {{ ref('stg_dicom_all__image_instances') }}
    where is_placed
),

series as (
    select SeriesInstanceUID
    from {{ ref('stg_dicom_all__series_geometry') }}
    where not is_plain_stack
),

-- the same patient, frame of reference, matrix, orientation and pixel
grids as (
    select
        instances.*,
        dense_rank() over (
            partition by instances.SeriesInstanceUID
            order by
                instances.is_localizer,
                coalesce(instances.PatientID, ''),
                coalesce(instances.FrameOfReferenceUID, ''),
                instances.{{ adapter.quote('Rows') }},
                instances.{{ adapter.quote('Columns') }}
        ) as alike_0
    from instances
    inner join series on instances.SeriesInstanceUID = series.SeriesInstanceUID
),

{% for name in directions %}
{%- set earlier = namespace(columns='SeriesInstanceUID') %}
{%- for k in range(loop.index) %}
{%- set earlier.columns = earlier.columns ~ ', alike_' ~ k %}
{%- endfor %}
borders_{{ loop.index }} as (
    select
        *,
        case
            when
                {{ name }} - lag({{ name }}) over (
                    partition by {{ earlier.columns }} order by {{ name }}
                ) > {{ var('orientation_tolerance') }} then 1
            else 0
        end as border_{{ loop.index }}
    from {{ 'grids' if loop.first else 'alike_' ~ loop.index0 ~ 's' }}
),

alike_{{ loop.index }}s as (
    select
        *,
        sum(border_{{ loop.index }}) over (
            partition by {{ earlier.columns }} order by {{ name }}
        ) as alike_{{ loop.index }}
    from borders_{{ loop.index }}
),

{% endfor -%}
gridded as (
    select
        *,
        dense_rank() over (
            partition by SeriesInstanceUID
            order by
                {% for _ in directions -%}
                alike_{{ loop.index0 }},
                {% endfor -%}
                alike_{{ directions | length }}
        ) as grid
    from alike_{{ directions | length }}s
),

-- positions along one normal, whatever decimals the others were rounded to
projected as (
    select
        *,
        position_x * first_value(normal_x) over one_grid
        + position_y * first_value(normal_y) over one_grid
        + position_z * first_value(normal_z) over one_grid as along_normal_mm
    from gridded
    window one_grid as (partition by SeriesInstanceUID, grid order by SOPInstanceUID)
),

position_borders as (
    select
        *,
        case
            when
                along_normal_mm - lag(along_normal_mm) over (
                    partition by SeriesInstanceUID, grid order by along_normal_mm
                ) > {{ var('position_tolerance_mm') }} then 1
            else 0
        end as position_border
    from projected
),

final as (
    select
        SeriesInstanceUID,
        SOPInstanceUID,
        is_localizer,
        InstanceNumber,
        grid,
        along_normal_mm as position_mm,
        sum(position_border) over (
            partition by SeriesInstanceUID, grid order by along_normal_mm
        ) as position,
        SliceThickness,
        AcquisitionNumber,
        TemporalPositionIdentifier,
        TemporalPositionIndex,
        EchoTime,
        DiffusionBValue,
        ImageType,
        ConvolutionKernel,
        TriggerTime,
        AcquisitionTime,
        ContentTime
    from position_borders
)

select * from final
