{{ config(materialized='table') }}

{#- The same rule as grid_from_slices in python/rtstruct/geometry/grid.py; a test holds them
    equal. -#}
{%- set tolerance -%}
greatest(
                {{ var('position_tolerance') }} * spacing_mm, {{ var('position_tolerance_mm') }}
            )
{%- endset -%}

with facts as (
    select * from {{ ref('stg_dicom_all__stack_facts') }}
),

instances as (
    select * from {{ ref('stg_dicom_all__image_instances') }}
),

parts as (
    select * from {{ ref('stg_dicom_all__stack_parts') }}
),

frame_stacks as (
    select * from {{ ref('stg_dicom_all__frame_stacks') }}
),

-- no gap differs by more than rounding adds up to, and no slice is out of line
even as (
    select
        *,
        (largest_gap_mm - smallest_gap_mm) * instance_count <= {{ var('position_tolerance_mm') }}
        and row_drift_pixels <= {{ var('in_plane_tolerance') }}
        and column_drift_pixels <= {{ var('in_plane_tolerance') }} as is_even
    from facts
),

slices as (
    select
        even.SeriesInstanceUID,
        even.stack_number,
        coalesce(parts.position_mm, instances.position_mm) as position_mm,
        instances.row_offset_mm / even.column_spacing_mm as row_offset,
        instances.column_offset_mm / even.row_spacing_mm as column_offset,
        even.smallest_gap_mm
    from instances
    left join parts on instances.SOPInstanceUID = parts.SOPInstanceUID
    inner join even
        on
            instances.SeriesInstanceUID = even.SeriesInstanceUID
            and coalesce(parts.stack_number, 1) = even.stack_number
    where instances.is_placed and even.instance_count > 1 and not even.is_even
),

ordered as (
    select
        *,
        position_mm - first_value(position_mm) over along_normal as travel_mm,
        row_offset - first_value(row_offset) over along_normal as row_shift,
        column_offset - first_value(column_offset) over along_normal as column_shift,
        round((position_mm - lag(position_mm) over along_normal) / smallest_gap_mm) as step
    from slices
    window along_normal as (
        partition by SeriesInstanceUID, stack_number order by position_mm
    )
),

stepped as (
    select
        *,
        sum(coalesce(step, 0)) over along_normal as place,
        max(travel_mm) over whole as length_mm,
        sum(case when step > 1 then 1 else 0 end) over (
            partition by SeriesInstanceUID, stack_number
            order by position_mm
            rows between {{ var('most_gaps_in_a_row') }} preceding and current row
        ) as gaps_in_a_row
    from ordered
    window
        along_normal as (partition by SeriesInstanceUID, stack_number order by position_mm),
        whole as (partition by SeriesInstanceUID, stack_number)
),

placed as (
    select
        *,
        length_mm / max(place) over whole as spacing_mm,
        first_value(row_shift) over from_the_end as last_row_shift,
        first_value(column_shift) over from_the_end as last_column_shift
    from stepped
    window
        whole as (partition by SeriesInstanceUID, stack_number),
        from_the_end as (
            partition by SeriesInstanceUID, stack_number order by position_mm desc
        )
),

deviations as (
    select
        SeriesInstanceUID,
        stack_number,
        max(spacing_mm) as spacing_mm,
        max(place) + 1 as slice_count,
        max(length_mm) as length_mm,
        min(smallest_gap_mm) as smallest_gap_mm,
        count(*) as instance_count,
        count(case when step > 1 then 1 end) as gap_count,
        max(gaps_in_a_row) as most_gaps_in_a_row,
        max(abs(travel_mm - place * spacing_mm)) as deviation_mm,
        max(greatest(abs(row_shift), abs(column_shift))) as shift,
        max(
            greatest(
                abs(row_shift - travel_mm / length_mm * last_row_shift),
                abs(column_shift - travel_mm / length_mm * last_column_shift)
            )
        ) as bend
    from placed
    group by SeriesInstanceUID, stack_number
),

kinds as (
    select
        SeriesInstanceUID,
        stack_number,
        spacing_mm,
        slice_count,
        case
            when shift > {{ var('in_plane_tolerance') }}
                then
                    case
                        when bend <= {{ var('in_plane_tolerance') }} then 'sheared'
                        else 'irregular'
                    end
            when
                length_mm > {{ var('longest_completion') }} * instance_count * smallest_gap_mm
                or deviation_mm > {{ tolerance }}
                then 'irregular'
            when gap_count = 0 then 'uniform'
            when
                2 * gap_count >= instance_count - 1
                or most_gaps_in_a_row > {{ var('most_gaps_in_a_row') }}
                then 'irregular'
            else 'completed'
        end as grid_kind
    from deviations
),

final as (
    select
        even.SeriesInstanceUID,
        even.stack_number,
        even.separated_by,
        {% for name in stack_facts() -%}
        even.{{ name }},
        {% endfor -%}
        coalesce(kinds.grid_kind, 'uniform') as grid_kind,
        case
            when kinds.grid_kind = 'completed' then cast(kinds.slice_count as int64)
            else even.instance_count
        end as slice_count,
        case
            when even.instance_count > 1 and kinds.grid_kind = 'completed' then kinds.spacing_mm
            when even.instance_count > 1
                then (even.last_mm - even.first_mm) / (even.instance_count - 1)
        end as slice_spacing_mm,
        {{ obliquity_degrees('even.') }} as obliquity_degrees
    from even
    left join kinds
        on
            even.SeriesInstanceUID = kinds.SeriesInstanceUID
            and even.stack_number = kinds.stack_number

    union all

    select
        SeriesInstanceUID,
        stack_number,
        separated_by,
        {% for name in stack_facts() -%}
        {{ name }},
        {% endfor -%}
        grid_kind,
        slice_count,
        slice_spacing_mm,
        {{ obliquity_degrees() }} as obliquity_degrees
    from frame_stacks
)

select * from final
