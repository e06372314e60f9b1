with version_metadata as (
    select * from {{ source('idc_index', 'version_metadata_index') }}
),

final as (
    select max(idc_version) as idc_version
    from version_metadata
)

select * from final
