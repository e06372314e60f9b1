{{ config(materialized='table') }}

with images as (
    select * from {{ source_model('referenced_images') }}
),

image_instances as (
    select * from {{ ref('int_image_instances') }}
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
        images.ReferencedSOPClassUID,
        image_instances.SOPInstanceUID as present_SOPInstanceUID,
        conflicting.SOPInstanceUID as conflicting_SOPInstanceUID
    from images
    left join image_instances on images.ReferencedSOPInstanceUID = image_instances.SOPInstanceUID
    left join conflicting on image_instances.SOPInstanceUID = conflicting.SOPInstanceUID
),

final as (
    select
        structure_set_key,
        SeriesInstanceUID,
        ReferencedSOPClassUID,
        count(*) as referenced_instance_count,
        count(present_SOPInstanceUID) as present_instance_count,
        count(conflicting_SOPInstanceUID) as conflicting_instance_count
    from located
    group by structure_set_key, SeriesInstanceUID, ReferencedSOPClassUID
)

select * from final
