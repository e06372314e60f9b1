with source as (
    select * from {{ source_model('image_instances') }}
),

final as (
    select
        SeriesInstanceUID,
        SOPInstanceUID,
        SOPClassUID,
        InstanceNumber,
        position_mm,
        instance_size,
        header_hash,
        file_path,
        archive_member
    from source
)

select * from final
