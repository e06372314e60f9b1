{% if var('volume_geometry_index_parquet') %}
with source as (
    select * from {{ source('idc_index', 'volume_geometry_index') }}
),

final as (
    select
        SeriesInstanceUID,
        slice_spacing_mm,
        single_orientation,
        not (consistent_in_plane_row and consistent_in_plane_col) as is_sheared,
        unique_slice_positions and uniform_slice_spacing as is_evenly_spaced,
        regularly_spaced_3d_volume,
        obliquity_degrees
    from source
)
{% else %}
-- not downloaded: of the geometry nothing is known
with final as (
    select
        cast(null as string) as SeriesInstanceUID,
        cast(null as {{ type_double() }}) as slice_spacing_mm,
        cast(null as boolean) as single_orientation,
        cast(null as boolean) as is_sheared,
        cast(null as boolean) as is_evenly_spaced,
        cast(null as boolean) as regularly_spaced_3d_volume,
        cast(null as {{ type_double() }}) as obliquity_degrees
    from {{ source('idc_index', 'idc_index') }}
    where false
)
{% endif %}

select * from final
