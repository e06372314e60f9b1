{%- set mask_overlaps = source('registry', 'mask_overlaps') %}
with registry_mask_overlaps as (
    {% if source_is_present(mask_overlaps) %}
    select * from {{ mask_overlaps }}
    {% else %}
    select
        cast(null as {{ dbt.type_string() }}) as structure_set_key,
        cast(null as {{ dbt.type_string() }}) as referenced_SeriesInstanceUID,
        cast(null as int64) as ROINumber,
        cast(null as int64) as other_ROINumber,
        cast(null as int64) as shared_voxel_count
    from (select 1 as one) as nothing
    where one = 0
    {% endif %}
),

final as (
    select
        structure_set_key,
        referenced_SeriesInstanceUID,
        ROINumber,
        other_ROINumber,
        shared_voxel_count
    from registry_mask_overlaps
)

select * from final
