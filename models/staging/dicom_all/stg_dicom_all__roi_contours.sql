{#- Without a type, which is required, a contour is taken as closed. -#}
{%- set filled = var('closed_contour_types') + [''] -%}
{%- set idc_contours = var('source') == 'idc' and var('idc_contours') %}
with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

{% if var('source') == 'dicom' -%}
final as (
    select
        instances.SOPInstanceUID as structure_set_key,
        roi.ReferencedROINumber as stated_roi_number,
        {{ safe_int('roi.ReferencedROINumber') }} as ROINumber,
        roi.item_count,
        roi.contour_count,
        roi.point_count,
        {{ array_text('roi.contour_geometric_types') }} as contour_geometric_types,
        roi.enclosing_contour_count,
        roi.point_contour_count,
        roi.untyped_contour_count,
        roi.z_min_mm,
        roi.z_max_mm,
        {{ array_text('roi.ROIDisplayColor') }} as ROIDisplayColor
    from {{ unnested('instances', roi='instances.roi_contours') }}
)
{%- elif idc_contours -%}
rois as (
    select
        instances.SOPInstanceUID as structure_set_key,
        roi_offset + 1 as roi_position,
        roi.ReferencedROINumber as stated_roi_number,
        {{ array_text('roi.ROIDisplayColor') }} as ROIDisplayColor,
        roi.ContourSequence
    from {{ unnested('instances', roi='instances.ROIContourSequence', offset='roi_offset') }}
),

contours as (
    select
        rois.structure_set_key,
        rois.roi_position,
        contour.ContourGeometricType,
        upper(trim(coalesce(contour.ContourGeometricType, ''))) as geometric_type,
        {{ safe_int('contour.NumberOfContourPoints') }} as point_count,
        contour.ContourData
    from {{ unnested('rois', contour='rois.ContourSequence') }}
),

contour_counts as (
    select
        structure_set_key,
        roi_position,
        count(*) as contour_count,
        sum(point_count) as point_count,
        string_agg(distinct ContourGeometricType, ',' order by ContourGeometricType)
            as contour_geometric_types,
        count(
            case
                when
                    geometric_type in {{ quoted_list(filled) }}
                    and coalesce(point_count, 3) >= 3 then 1
            end
        ) as enclosing_contour_count,
        count(
            case
                when
                    geometric_type = 'POINT'
                    or (geometric_type in {{ quoted_list(filled) }} and point_count in (1, 2))
                    then 1
            end
        ) as point_contour_count,
        count(case when geometric_type = '' then 1 end) as untyped_contour_count
    from contours
    group by structure_set_key, roi_position
),

-- ContourData is x, y, z, x, y, z...
heights as (
    select
        contours.structure_set_key,
        contours.roi_position,
        min({{ safe_float('coordinate') }}) as z_min_mm,
        max({{ safe_float('coordinate') }}) as z_max_mm
    from {{ unnested('contours', coordinate='contours.ContourData', offset='place') }}
    where mod(place, 3) = 2
    group by contours.structure_set_key, contours.roi_position
),

final as (
    select
        rois.structure_set_key,
        rois.stated_roi_number,
        {{ safe_int('rois.stated_roi_number') }} as ROINumber,
        case when contour_counts.contour_count > 0 then 1 else 0 end as item_count,
        coalesce(contour_counts.contour_count, 0) as contour_count,
        coalesce(contour_counts.point_count, 0) as point_count,
        contour_counts.contour_geometric_types,
        coalesce(contour_counts.enclosing_contour_count, 0) as enclosing_contour_count,
        coalesce(contour_counts.point_contour_count, 0) as point_contour_count,
        coalesce(contour_counts.untyped_contour_count, 0) as untyped_contour_count,
        heights.z_min_mm,
        heights.z_max_mm,
        rois.ROIDisplayColor
    from rois
    left join contour_counts
        on
            rois.structure_set_key = contour_counts.structure_set_key
            and rois.roi_position = contour_counts.roi_position
    left join heights
        on
            rois.structure_set_key = heights.structure_set_key
            and rois.roi_position = heights.roi_position
)
{%- else -%}
-- IDC in BigQuery, contours not asked for: nothing is known
final as (
    select
        SOPInstanceUID as structure_set_key,
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
    from instances
    where false
)
{%- endif %}

select * from final
