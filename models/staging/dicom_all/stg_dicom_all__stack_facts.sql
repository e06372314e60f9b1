{{ config(materialized='table') }}

with instances as (
    select * from {{ ref('stg_dicom_all__image_instances') }}
),

series as (
    select * from {{ ref('stg_dicom_all__series_geometry') }}
    where is_plain_stack
),

parts as (
    select * from {{ ref('stg_dicom_all__stack_parts') }}
),

members as (
    select
        instances.SeriesInstanceUID,
        parts.stack_number,
        parts.separated_by,
        parts.position_mm,
        {% for name in stack_members() -%}
        instances.{{ name }},
        {% endfor -%}
        lead(parts.position_mm) over (
            partition by parts.SeriesInstanceUID, parts.stack_number order by parts.position_mm
        ) - parts.position_mm as gap_mm
    from instances
    inner join parts on instances.SOPInstanceUID = parts.SOPInstanceUID
),

parted as (
    select
        SeriesInstanceUID,
        stack_number,
        min(separated_by) as separated_by,
        {{ stack_aggregates() }}
    from members
    group by SeriesInstanceUID, stack_number
),

final as (
    select
        SeriesInstanceUID,
        cast(1 as int64) as stack_number,
        {% for name in stack_facts() -%}
        {{ name }},
        {% endfor -%}
        cast(null as string) as separated_by
    from series

    union all

    select
        SeriesInstanceUID,
        stack_number,
        {% for name in stack_facts() -%}
        {{ name }},
        {% endfor -%}
        separated_by
    from parted
)

select * from final
