-- IDC's index does not know contours
with series as (
    select * from {{ source('idc_index', 'idc_index') }}
),

final as (
    select
        SeriesInstanceUID as structure_set_key,
        cast(null as string) as stated_roi_number,
        cast(null as int64) as ROINumber,
        cast(null as int64) as item_count,
        cast(null as int64) as contour_count,
        cast(null as int64) as point_count,
        cast(null as string) as contour_geometric_types,
        cast(null as int64) as enclosing_contour_count,
        cast(null as int64) as point_contour_count,
        cast(null as int64) as untyped_contour_count,
        cast(null as {{ type_double() }}) as z_min_mm,
        cast(null as {{ type_double() }}) as z_max_mm,
        cast(null as string) as ROIDisplayColor
    from series
    where false
)

select * from final
