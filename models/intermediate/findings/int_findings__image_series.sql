with referenced_series as (
    select * from {{ ref('int_referenced_series') }}
),

conversions as (
    select * from {{ ref('int_conversions') }}
    where referenced_SeriesInstanceUID is not null
),

image_series as (
    select * from {{ ref('int_image_series') }}
),

image_stacks as (
    select * from {{ ref('int_image_stacks') }}
),

-- a scout beside the slices is no other stack to draw on: nothing to tell of
series_of_stacks as (
    select
        SeriesInstanceUID,
        count(distinct PatientID) as patient_count,
        count(*) > 1 and sum(case when is_localizer then 0 else 1 end) = 1 as is_stack_with_scouts
    from image_stacks
    group by SeriesInstanceUID
),

-- where the source tells of series only, what it says of the series holds for its one stack
stacks as (
    select
        conversions.structure_set_key,
        conversions.stack_number,
        conversions.stack_count,
        conversions.stack_evidence,
        conversions.is_same_patient,
        conversions.evidence,
        image_series.SeriesInstanceUID,
        image_series.is_one_orientation,
        image_series.merged_series_count,
        -- one image may hold all slices
        greatest(image_stacks.instance_count, coalesce(image_stacks.frame_count, 1))
            as present_slice_count,
        image_stacks.slice_count,
        image_stacks.separated_by,
        image_stacks.obliquity_degrees,
        series_of_stacks.patient_count,
        coalesce(series_of_stacks.is_stack_with_scouts, false) as is_stack_with_scouts,
        coalesce(
            image_stacks.grid_kind,
            case
                when image_series.is_sheared and image_series.is_one_orientation then 'sheared'
                when not image_series.is_evenly_spaced then 'irregular'
            end
        ) as grid_kind,
        image_series.SeriesInstanceUID
        || case
            when conversions.stack_count > 1
                then ', stack ' || cast(conversions.stack_number as string)
            else ''
        end as stack_name
    from conversions
    inner join image_series
        on conversions.referenced_SeriesInstanceUID = image_series.SeriesInstanceUID
    left join image_stacks
        on
            conversions.referenced_SeriesInstanceUID = image_stacks.SeriesInstanceUID
            and coalesce(conversions.stack_number, 0) = coalesce(image_stacks.stack_number, 0)
    left join series_of_stacks
        on conversions.referenced_SeriesInstanceUID = series_of_stacks.SeriesInstanceUID
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
        stack_name as detail
    from stacks
    where grid_kind = 'irregular'
),

missing_slices as (
    select
        structure_set_key,
        'missing_slices' as finding_code,
        cast(slice_count - present_slice_count as string)
        || ' of ' || cast(slice_count as string) || ' slices of ' || stack_name as detail
    from stacks
    where grid_kind = 'completed'
),

sheared_stack as (
    select
        structure_set_key,
        'sheared_stack' as finding_code,
        stack_name as detail
    from stacks
    where grid_kind = 'sheared'
),

several_stacks as (
    select
        structure_set_key,
        'several_stacks' as finding_code,
        stack_name || ' of ' || cast(stack_count as string)
        || coalesce(', separated by ' || separated_by, '') as detail
    from stacks
    where stack_count > 1 and not is_stack_with_scouts
),

series_per_slice as (
    select
        structure_set_key,
        'series_per_slice' as finding_code,
        cast(merged_series_count as string) || ' series, taken as ' || SeriesInstanceUID
            as detail
    from stacks
    where merged_series_count > 1
),

stack_by_position as (
    select
        structure_set_key,
        'stack_by_position' as finding_code,
        stack_name as detail
    from stacks
    where stack_evidence = 'position'
),

mixed_patients as (
    select distinct
        structure_set_key,
        'mixed_patients' as finding_code,
        SeriesInstanceUID || ': ' || cast(patient_count as string) || ' patients' as detail
    from stacks
    where patient_count > 1
),

patient_id_differs as (
    select distinct
        structure_set_key,
        'patient_id_differs' as finding_code,
        SeriesInstanceUID as detail
    from stacks
    where evidence = 'sop' and not is_same_patient
),

mixed_orientation as (
    select distinct
        structure_set_key,
        'mixed_orientation' as finding_code,
        SeriesInstanceUID as detail
    from stacks
    where not is_one_orientation and not is_stack_with_scouts
),

oblique_image as (
    select
        structure_set_key,
        'oblique_image' as finding_code,
        stack_name as detail
    from stacks
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
    select * from several_stacks
    union all
    select * from series_per_slice
    union all
    select * from stack_by_position
    union all
    select * from mixed_patients
    union all
    select * from patient_id_differs
    union all
    select * from mixed_orientation
    union all
    select * from oblique_image
)

select * from final
