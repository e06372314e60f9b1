with stacks as (
    select * from {{ ref('int_image_stacks') }}
),

image_series as (
    select * from {{ ref('image_series') }}
),

conversions as (
    select * from {{ ref('int_conversions') }}
),

structure_set_counts as (
    select
        referenced_SeriesInstanceUID as SeriesInstanceUID,
        stack_number,
        count(distinct structure_set_key) as structure_set_count
    from conversions
    where referenced_SeriesInstanceUID is not null
    group by referenced_SeriesInstanceUID, stack_number
),

final as (
    select
        stacks.collection_id,
        stacks.PatientID,
        stacks.StudyInstanceUID,
        stacks.SeriesInstanceUID,
        stacks.stack_number,
        image_series.stack_count,
        stacks.separated_by,
        stacks.Modality,
        stacks.FrameOfReferenceUID,
        stacks.{{ adapter.quote('Rows') }},
        stacks.{{ adapter.quote('Columns') }},
        stacks.instance_count,
        stacks.slice_count,
        stacks.slice_spacing_mm as spacing,
        stacks.row_spacing_mm,
        stacks.column_spacing_mm,
        stacks.smallest_gap_mm,
        stacks.largest_gap_mm,
        stacks.first_mm,
        stacks.last_mm,
        stacks.grid_kind,
        stacks.obliquity_degrees,
        stacks.is_localizer,
        coalesce(structure_set_counts.structure_set_count, 0) as structure_set_count,
        {{ idc_version() }}
    from stacks
    inner join image_series on stacks.SeriesInstanceUID = image_series.SeriesInstanceUID
    left join structure_set_counts
        on
            stacks.SeriesInstanceUID = structure_set_counts.SeriesInstanceUID
            and coalesce(stacks.stack_number, 0)
            = coalesce(structure_set_counts.stack_number, 0)
)

select * from final
