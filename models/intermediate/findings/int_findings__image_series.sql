with referenced_series as (
    select * from {{ ref('int_referenced_series') }}
),

image_series as (
    select
        conversions.structure_set_key,
        image_series.*
    from {{ ref('int_conversions') }} as conversions
    inner join {{ ref('int_image_series') }} as image_series
        on conversions.referenced_SeriesInstanceUID = image_series.SeriesInstanceUID
),

images_per_set as (
    select
        structure_set_key,
        cast(sum(referenced_instance_count) as int64) as image_count,
        cast(sum(conflicting_instance_count) as int64) as conflicting_image_count
    from referenced_series
    group by structure_set_key
),

conflicting_images as (
    select
        structure_set_key,
        'conflicting_images' as finding_code,
        cast(conflicting_image_count as string)
        || ' of ' || cast(image_count as string) || ' images' as detail
    from images_per_set
    where conflicting_image_count > 0
),

irregular_spacing as (
    select
        structure_set_key,
        'irregular_spacing' as finding_code,
        SeriesInstanceUID as detail
    from image_series
    where not is_evenly_spaced
),

missing_slices as (
    select
        structure_set_key,
        'missing_slices' as finding_code,
        SeriesInstanceUID as detail
    from image_series
    where
        not is_evenly_spaced
        and smallest_gap_mm > 0
        and largest_gap_mm > 1.5 * smallest_gap_mm
        and abs(
            largest_gap_mm / nullif(smallest_gap_mm, 0)
            - round(largest_gap_mm / nullif(smallest_gap_mm, 0))
        ) < 0.02
),

sheared_stack as (
    select
        structure_set_key,
        'sheared_stack' as finding_code,
        SeriesInstanceUID as detail
    from image_series
    where not is_aligned and is_one_orientation
),

mixed_orientation as (
    select
        structure_set_key,
        'mixed_orientation' as finding_code,
        SeriesInstanceUID as detail
    from image_series
    where not is_one_orientation
),

oblique_image as (
    select
        structure_set_key,
        'oblique_image' as finding_code,
        SeriesInstanceUID as detail
    from image_series
    where obliquity_degrees >= 1
),

final as (
    select * from conflicting_images
    union all
    select * from irregular_spacing
    union all
    select * from missing_slices
    union all
    select * from sheared_stack
    union all
    select * from mixed_orientation
    union all
    select * from oblique_image
)

select * from final
