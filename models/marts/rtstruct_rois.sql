with rois as (
    select * from {{ ref('int_rois') }}
),

structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

facets as (
    select * from {{ ref('int_roi_names__facets') }}
),

final as (
    select
        rois.structure_set_key,
        rois.roi_position,
        structure_sets.collection_id,
        structure_sets.PatientID,
        structure_sets.StudyInstanceUID,
        structure_sets.SeriesInstanceUID,
        structure_sets.SOPInstanceUID,
        rois.ROINumber,
        rois.stated_roi_number,
        rois.ROIName,
        rois.ROIDescription,
        rois.ROIGenerationAlgorithm,
        rois.RTROIInterpretedType,
        rois.CodeValue,
        rois.CodingSchemeDesignator,
        rois.CodeMeaning,
        rois.ROIDisplayColor,
        rois.ReferencedFrameOfReferenceUID,
        rois.contour_count,
        rois.point_count,
        rois.contour_geometric_types,
        rois.z_min_mm,
        rois.z_max_mm,
        rois.geometry_class,
        {% for facet in facet_columns() -%}
        facets.{{ facet }},
        {% endfor -%}
        coalesce(
            facets.conflict,
            {{ type_conflict('facets.roi_class', 'rois.RTROIInterpretedType') }}
        ) as conflict,
        {{ idc_version() }}
    from rois
    inner join structure_sets on rois.structure_set_key = structure_sets.structure_set_key
    left join facets on rois.ROIName = facets.ROIName
)

select * from final
