{{ config(materialized='table') }}

with stated as (
    select * from {{ source_model('references') }}
    where ReferencedSOPInstanceUID is not null
),

image_instances as (
    select * from {{ ref('int_image_instances') }}
),

instances as (
    select
        structure_set_key,
        ReferencedSOPInstanceUID,
        min(SeriesInstanceUID) as stated_SeriesInstanceUID,
        min(ReferencedSOPClassUID) as ReferencedSOPClassUID
    from stated
    group by structure_set_key, ReferencedSOPInstanceUID
),

final as (
    select
        instances.structure_set_key,
        instances.ReferencedSOPInstanceUID,
        instances.ReferencedSOPClassUID,
        instances.stated_SeriesInstanceUID,
        image_instances.SeriesInstanceUID as present_SeriesInstanceUID
    from instances
    left join image_instances
        on instances.ReferencedSOPInstanceUID = image_instances.SOPInstanceUID
)

select * from final
