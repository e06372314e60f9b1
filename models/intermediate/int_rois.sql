{{ config(materialized='table') }}

{#- A ROI number is text in the file: ' 1' and '01' mean 1, 'x' can only mean itself. -#}
{%- set number_key -%} coalesce(cast(ROINumber as string), stated_roi_number) {%- endset %}

with rois as (
    select
        *,
        {{ number_key }} as roi_number_key
    from {{ source_model('rois') }}
),

observations as (
    select
        *,
        {{ number_key }} as roi_number_key
    from {{ source_model('roi_observations') }}
),

contours as (
    select
        *,
        {{ number_key }} as roi_number_key
    from {{ source_model('roi_contours') }}
),

structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

description_words as (
    select
        words,
        geometry_class
    from {{ ref('series_description_words') }}
),

described as (
    select
        structure_sets.structure_set_key,
        min(description_words.geometry_class) as geometry_class
    from structure_sets
    inner join description_words
        on strpos(upper(structure_sets.SeriesDescription), upper(description_words.words)) > 0
    group by structure_sets.structure_set_key
),

-- the first observation that states a type speaks for the ROI
typed_observations as (
    select
        structure_set_key,
        roi_number_key,
        RTROIInterpretedType,
        row_number() over (
            partition by structure_set_key, roi_number_key
            order by observation_position
        ) as rank
    from observations
    where RTROIInterpretedType is not null
),

coded_observations as (
    select
        structure_set_key,
        roi_number_key,
        CodeValue,
        CodingSchemeDesignator,
        CodeMeaning,
        row_number() over (
            partition by structure_set_key, roi_number_key
            order by observation_position
        ) as rank
    from observations
    where CodeValue is not null
),

contours_by_roi as (
    select
        structure_set_key,
        roi_number_key,
        cast(sum(item_count) as int64) as contour_item_count,
        cast(sum(contour_count) as int64) as contour_count,
        cast(sum(point_count) as int64) as point_count,
        string_agg(distinct contour_geometric_types, ',' order by contour_geometric_types)
            as contour_geometric_types,
        cast(sum(enclosing_contour_count) as int64) as enclosing_contour_count,
        cast(sum(point_contour_count) as int64) as point_contour_count,
        cast(sum(untyped_contour_count) as int64) as untyped_contour_count,
        min(z_min_mm) as z_min_mm,
        max(z_max_mm) as z_max_mm,
        min(ROIDisplayColor) as ROIDisplayColor
    from contours
    group by structure_set_key, roi_number_key
),

final as (
    select
        rois.structure_set_key,
        rois.roi_position,
        rois.stated_roi_number,
        rois.ROINumber,
        rois.ROIName,
        rois.ROIDescription,
        rois.ROIVolume,
        rois.ROIGenerationAlgorithm,
        rois.ReferencedFrameOfReferenceUID,
        coalesce(rois.RTROIInterpretedType, typed_observations.RTROIInterpretedType)
            as RTROIInterpretedType,
        coded_observations.CodeValue,
        coded_observations.CodingSchemeDesignator,
        coded_observations.CodeMeaning,
        case
            when structure_sets.contours_known then coalesce(contours_by_roi.contour_count, 0)
        end as contour_count,
        case
            when structure_sets.contours_known then coalesce(contours_by_roi.point_count, 0)
        end as point_count,
        contours_by_roi.contour_item_count,
        contours_by_roi.contour_geometric_types,
        contours_by_roi.untyped_contour_count,
        contours_by_roi.z_min_mm,
        contours_by_roi.z_max_mm,
        contours_by_roi.ROIDisplayColor,
        case
            when structure_sets.contours_known and coalesce(contours_by_roi.contour_count, 0) = 0
                then 'empty'
            when contours_by_roi.enclosing_contour_count > 0 then 'volume'
            when contours_by_roi.point_contour_count > 0 then 'points'
            when contours_by_roi.contour_count > 0 then 'open'
            else coalesce(described.geometry_class, 'unknown')
        end as geometry_class
    from rois
    inner join structure_sets on rois.structure_set_key = structure_sets.structure_set_key
    left join typed_observations
        on
            rois.structure_set_key = typed_observations.structure_set_key
            and rois.roi_number_key = typed_observations.roi_number_key
            and typed_observations.rank = 1
    left join coded_observations
        on
            rois.structure_set_key = coded_observations.structure_set_key
            and rois.roi_number_key = coded_observations.roi_number_key
            and coded_observations.rank = 1
    left join contours_by_roi
        on
            rois.structure_set_key = contours_by_roi.structure_set_key
            and rois.roi_number_key = contours_by_roi.roi_number_key
    left join described on rois.structure_set_key = described.structure_set_key
)

select * from final
