{{ config(materialized='table') }}

with images as (
    select * from {{ source_model('referenced_images') }}
    where
        ReferencedSOPClassUID is null
        or ReferencedSOPClassUID not in {{ quoted_list(var('non_image_sop_class_uids')) }}
),

image_instances as (
    select * from {{ ref('int_image_instances') }}
),

non_image_instances as (
    select * from {{ source_model('non_image_instances') }}
),

other_files as (
    select * from {{ source_model('other_files') }}
),

conflicting as (
    select distinct SOPInstanceUID
    from other_files
    where outcome = 'conflict'
),

-- where an image really is counts more than where the structure set says it is
located as (
    select
        images.structure_set_key,
        coalesce(image_instances.SeriesInstanceUID, images.SeriesInstanceUID) as SeriesInstanceUID,
        image_instances.stack_number,
        images.ReferencedSOPClassUID,
        images.is_listed,
        images.contour_count,
        image_instances.SOPInstanceUID as present_SOPInstanceUID,
        conflicting.SOPInstanceUID as conflicting_SOPInstanceUID
    from images
    left join image_instances on images.ReferencedSOPInstanceUID = image_instances.SOPInstanceUID
    left join non_image_instances
        on images.ReferencedSOPInstanceUID = non_image_instances.SOPInstanceUID
    left join conflicting on image_instances.SOPInstanceUID = conflicting.SOPInstanceUID
    -- nothing is drawn on a dose or a radiograph that is listed beside the images
    where non_image_instances.SOPInstanceUID is null
),

final as (
    select
        structure_set_key,
        SeriesInstanceUID,
        stack_number,
        ReferencedSOPClassUID,
        count(*) as referenced_instance_count,
        count(present_SOPInstanceUID) as present_instance_count,
        count(conflicting_SOPInstanceUID) as conflicting_instance_count,
        count(case when is_listed then present_SOPInstanceUID end) as listed_instance_count,
        count(case when contour_count > 0 then present_SOPInstanceUID end)
            as drawn_instance_count,
        cast(
            sum(case when present_SOPInstanceUID is not null then contour_count else 0 end)
            as int64
        ) as contours_named
    from located
    group by structure_set_key, SeriesInstanceUID, stack_number, ReferencedSOPClassUID
)

select * from final
