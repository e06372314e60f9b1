{%- set tolerance = var('orientation_tolerance') -%}
{{ config(materialized='table') }}

with instances as (
    select * from {{ ref('stg_dicom_all__image_instances') }}
),

neighbours as (
    select
        *,
        lead(position_mm) over (partition by SeriesInstanceUID order by position_mm)
        - position_mm as gap_mm,
        lead(InstanceNumber) over (partition by SeriesInstanceUID order by position_mm)
        - InstanceNumber as number_step
    from instances
),

measured as (
    select
        SeriesInstanceUID,
        {{ stack_aggregates() }},
        min({{ adapter.quote('Rows') }}) = max({{ adapter.quote('Rows') }})
        and min({{ adapter.quote('Columns') }}) = max({{ adapter.quote('Columns') }})
        and min(row_spacing_mm) = max(row_spacing_mm)
        and min(column_spacing_mm) = max(column_spacing_mm) as is_one_matrix,
        max(row_x) - min(row_x) < {{ tolerance }}
        and max(row_y) - min(row_y) < {{ tolerance }}
        and max(row_z) - min(row_z) < {{ tolerance }}
        and max(column_x) - min(column_x) < {{ tolerance }}
        and max(column_y) - min(column_y) < {{ tolerance }}
        and max(column_z) - min(column_z) < {{ tolerance }} as is_one_orientation,
        max(row_x) = min(row_x)
        and max(row_y) = min(row_y)
        and max(row_z) = min(row_z)
        and max(column_x) = min(column_x)
        and max(column_y) = min(column_y)
        and max(column_z) = min(column_z) as has_same_directions,
        min(acquisition_label) = max(acquisition_label) as has_one_label,
        -- numbered along the normal, or against it, or not at all
        coalesce(min(number_step) > 0 or max(number_step) < 0, true)
        or (min(number_step) = 0 and max(number_step) = 0) as is_numbered_in_order
    from neighbours
    group by SeriesInstanceUID
),

final as (
    select
        *,
        -- what nearly all series are; the others are looked at slice by slice
        coalesce(
            placed_instance_count = instance_count
            and is_one_matrix
            and has_same_directions
            and has_one_label
            and is_numbered_in_order
            and coalesce(smallest_gap_mm > {{ var('position_tolerance_mm') }}, true),
            false
        ) as is_plain_stack
    from measured
)

select * from final
