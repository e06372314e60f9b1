with source as (
    select * from {{ source_model('image_instances') }}
),

parts as (
    select * from {{ source_model('stack_parts') }}
),

final as (
    select
        source.SeriesInstanceUID,
        -- a series that was not parted is one stack
        coalesce(parts.stack_number, case when source.is_placed then 1 end) as stack_number,
        source.SOPInstanceUID,
        source.SOPClassUID,
        source.PatientID,
        source.InstanceNumber,
        source.position_mm,
        source.instance_size,
        source.header_hash,
        source.file_path,
        source.archive_member
    from source
    left join parts on source.SOPInstanceUID = parts.SOPInstanceUID
)

select * from final
