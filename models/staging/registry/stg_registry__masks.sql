{%- set masks = source('registry', 'masks') %}
with registry_masks as (
    {% if source_is_present(masks) %}
    select * from {{ masks }}
    {% else %}
    select
        cast(null as {{ dbt.type_string() }}) as structure_set_key,
        cast(null as {{ dbt.type_string() }}) as referenced_SeriesInstanceUID,
        cast(null as int64) as ROINumber,
        cast(null as {{ dbt.type_string() }}) as ROIName,
        cast(null as {{ dbt.type_string() }}) as path,
        cast(null as {{ type_double() }}) as mask_volume_mL,
        cast(null as {{ type_double() }}) as x_mm,
        cast(null as {{ type_double() }}) as y_mm,
        cast(null as {{ type_double() }}) as z_mm,
        cast(null as int64) as component_count,
        cast(null as {{ type_double() }}) as largest_component_share,
        cast(null as int64) as hole_count,
        cast(null as {{ type_double() }}) as hole_volume_mL,
        cast(null as {{ dbt.type_boolean() }}) as touches_side,
        cast(null as int64) as voxel_count
    from (select 1 as one) as nothing
    where one = 0
    {% endif %}
),

final as (
    select
        structure_set_key,
        referenced_SeriesInstanceUID,
        ROINumber,
        ROIName,
        path,
        mask_volume_mL,
        x_mm,
        y_mm,
        z_mm,
        component_count,
        largest_component_share,
        hole_count,
        hole_volume_mL,
        touches_side,
        voxel_count
    from registry_masks
)

select * from final
