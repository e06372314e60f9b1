{#- What separates the stacks of `parts`, the CTE before this one: images of one grid whose positions
    repeat, or grids that lie between each other's slices. Ends with the CTE `final`, `parts` with `part`
    and `separated_by` once more. A model asks once:
    DuckDB 1.5 plans twice as long with every window that stands on another, beyond a dozen or so.

    What tells stacks apart, in the order in which it is asked. A label names an acquisition. A moment
    may differ from slice to slice of one acquisition: it is believed only where it parts all positions
    alike. A run is a sequence of InstanceNumbers that moves on by equal steps. -#}
{% macro separated_parts() %}
{%- set separators = [
    ('SliceThickness', 'label', 'number'),
    ('AcquisitionNumber', 'label', 'number'),
    ('TemporalPositionIdentifier', 'label', 'number'),
    ('TemporalPositionIndex', 'label', 'number'),
    ('EchoTime', 'label', 'number'),
    ('DiffusionBValue', 'label', 'number'),
    ('ImageType', 'label', 'text'),
    ('ConvolutionKernel', 'label', 'text'),
    ('TriggerTime', 'moment', 'number'),
    ('AcquisitionTime', 'moment', 'text'),
    ('ContentTime', 'moment', 'text'),
    ('run', 'run', 'number'),
] -%}
separators as (
    {% for name, kind, _ in separators -%}
    select
        '{{ name }}' as separator,
        '{{ kind }}' as kind,
        {{ loop.index }} as turn_to_ask
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

steps as (
    select
        *,
        position_mm - lag(position_mm) over in_order as step_mm,
        lead(position_mm) over in_order - position_mm as next_step_mm
    from parts
    window in_order as (
        partition by SeriesInstanceUID, part
        order by coalesce(InstanceNumber, 0), SOPInstanceUID
    )
),

turns as (
    select
        *,
        case
            when
                abs(step_mm - lag(step_mm) over in_order) > {{ var('position_tolerance_mm') }}
                and abs(step_mm - next_step_mm) > {{ var('position_tolerance_mm') }} then 1
            else 0
        end as turn
    from steps
    window in_order as (
        partition by SeriesInstanceUID, part
        order by coalesce(InstanceNumber, 0), SOPInstanceUID
    )
),

runs as (
    select
        *,
        sum(turn) over (
            partition by SeriesInstanceUID, part
            order by coalesce(InstanceNumber, 0), SOPInstanceUID
        ) as run
    from turns
),

asked as (
    select
        rows_of_part.*,
        separators.separator,
        case separators.separator
            {% for name, _, kind in separators if kind == 'number' -%}
            when '{{ name }}' then cast({{ name }} as {{ type_double() }})
            {% endfor -%}
        end as number_value,
        case separators.separator
            {% for name, _, kind in separators if kind == 'text' -%}
            when '{{ name }}' then {{ name }}
            {% endfor -%}
        end as text_value,
        separators.kind,
        separators.turn_to_ask
    from runs as rows_of_part
    cross join separators
),

blocks as (
    select
        *,
        dense_rank() over (
            partition by SeriesInstanceUID, part, separator
            order by coalesce(number_value, -1), coalesce(text_value, '')
        ) as block,
        dense_rank() over (
            partition by SeriesInstanceUID, part, separator order by position
        ) as place,
        count(*) over (partition by SeriesInstanceUID, part, separator, position) as copies
    from asked
),

ranges as (
    select
        *,
        min(place) over one_block as block_first,
        max(place) over one_block as block_last,
        row_number() over (
            partition by SeriesInstanceUID, part, separator, block order by SOPInstanceUID
        ) as row_of_block
    from blocks
    window one_block as (partition by SeriesInstanceUID, part, separator, block)
),

neighbours as (
    select
        *,
        min(block_first) over one_before as previous_first,
        max(block_last) over one_before as previous_last
    from ranges
    window one_before as (
        partition by SeriesInstanceUID, part, separator
        order by block range between 1 preceding and 1 preceding
    )
),

-- blocks that touch end to end are one stack: a scan in several passes
chains as (
    select
        *,
        1 + sum(
            case
                when row_of_block > 1 or block = 1 then 0
                when block_first = previous_last + 1 or block_last = previous_first - 1 then 0
                else 1
            end
        ) over (partition by SeriesInstanceUID, part, separator order by block) as chain
    from neighbours
),

chained as (
    select
        *,
        lead(position_mm) over (
            partition by SeriesInstanceUID, part, separator, chain order by position_mm
        ) - position_mm as gap_mm,
        count(*) over (
            partition by SeriesInstanceUID, part, separator, chain, position
        ) as copies_left,
        count(*) over one_chain as chain_count,
        max(place) over one_chain - min(place) over one_chain + 1 as chain_reach
    from chains
    window one_chain as (partition by SeriesInstanceUID, part, separator, chain)
),

measured as (
    select
        *,
        min(gap_mm) over one_chain as smallest_gap_mm,
        max(gap_mm) over one_chain as largest_gap_mm,
        max(position_mm) over one_chain - min(position_mm) over one_chain as span_mm,
        min(SliceThickness) over one_chain as thickness_mm
    from chained
    window one_chain as (partition by SeriesInstanceUID, part, separator, chain)
),

judged as (
    select
        *,
        max(chain) over one_separator as chains,
        max(copies) over one_separator as most_copies,
        max(copies_left) over one_separator as most_copies_left,
        count(*) over one_separator as part_count,
        max(place) over one_separator as places,
        min(chain_count) over one_separator as smallest_chain,
        max(case when chain_reach > chain_count then 1 else 0 end) over one_separator
            as is_interleaved,
        -- a grid of its own: even but for lost slices where others lie between its own, and its
        -- slices as thick as they are apart
        min(
            case
                when
                    chain_count >= 3
                    and smallest_gap_mm > {{ var('position_tolerance_mm') }}
                    and coalesce(thickness_mm >= 0.75 * smallest_gap_mm, true)
                    and (
                        largest_gap_mm - smallest_gap_mm
                        <= {{ var('position_tolerance') }} * smallest_gap_mm
                        or (
                            span_mm < 1.5 * chain_count * smallest_gap_mm
                            and chain_reach > round(span_mm / nullif(smallest_gap_mm, 0)) + 1
                            and coalesce(
                                abs(
                                    gap_mm
                                    - round(gap_mm / nullif(smallest_gap_mm, 0))
                                    * smallest_gap_mm
                                ) <= {{ var('position_tolerance') }} * smallest_gap_mm,
                                true
                            )
                        )
                    ) then 1
                else 0
            end
        ) over one_separator as is_grid_each
    from measured
    window one_separator as (partition by SeriesInstanceUID, part, separator)
),

accepted as (
    select
        *,
        chains >= 2 and case
            when most_copies = 1
                then kind in ('label', 'run') and is_interleaved = 1 and is_grid_each = 1
            when most_copies_left = most_copies then false
            when kind = 'label' then chains <= most_copies or part_count >= 3 * chains
            when kind = 'moment' then chains <= most_copies and part_count = chains * places
            else
                most_copies_left = 1
                and smallest_chain >= 3
                and part_count - places >= 3 * (chains - 1)
        end as is_accepted
    from judged
),

chosen as (
    select
        *,
        min(case when is_accepted then turn_to_ask end) over (
            partition by SeriesInstanceUID, part
        ) as chosen_turn
    from accepted
),

final as (
    select
        SeriesInstanceUID,
        SOPInstanceUID,
        is_localizer,
        InstanceNumber,
        position_mm,
        position,
        {% for name, _, _ in separators if name != 'run' -%}
        {{ name }},
        {% endfor -%}
        dense_rank() over (
            partition by SeriesInstanceUID
            order by part, case when chosen_turn is not null then chain else 0 end
        ) as part,
        case
            when chosen_turn is null then separated_by
            when separator = 'run' then separated_by || ',InstanceNumber'
            else separated_by || ',' || separator
        end as separated_by
    from chosen
    where turn_to_ask = coalesce(chosen_turn, 1)
)
{%- endmacro %}
