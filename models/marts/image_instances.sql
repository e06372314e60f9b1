with instances as (
    select * from {{ ref('int_image_instances') }}
),

image_series as (
    select * from {{ ref('image_series') }}
),

final as (
    select
        instances.SeriesInstanceUID,
        instances.stack_number,
        instances.SOPInstanceUID,
        instances.InstanceNumber,
        instances.position_mm,
        instances.instance_size,
        instances.header_hash,
        instances.file_path,
        instances.archive_member,
        image_series.idc_version
    from instances
    inner join image_series on instances.SeriesInstanceUID = image_series.SeriesInstanceUID
)

select * from final
