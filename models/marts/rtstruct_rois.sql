with rois as (
    select * from {{ ref('int_rois') }}
),

structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

facets as (
    select * from {{ ref('int_cohort_names__facets') }}
),

overrides as (
    select * from {{ ref('int_roi_overrides') }}
),

repeated_names as (
    select
        cohort,
        ROIName
    from {{ ref('int_repeated_names') }}
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
        structure_sets.StructureSetLabel,
        structure_sets.StructureSetName,
        structure_sets.StructureSetDate,
        structure_sets.ApprovalStatus,
        rois.ROINumber,
        rois.stated_roi_number,
        rois.ROIName,
        rois.ROIDescription,
        rois.ROIVolume,
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
        case
            when overrides.ROIName is null
                then {{ guess_if('repeated_names.ROIName is not null', 'facets.confidence')
                    if facet == 'confidence' else 'facets.' ~ facet }}
            {% if facet in override_columns() -%}
            else overrides.{{ facet }}
            {% endif -%}
        end as {{ facet }},
        {% endfor -%}
        coalesce(
            case when overrides.ROIName is null then facets.conflict end,
            {{ type_conflict(
                'coalesce(overrides.roi_class, facets.roi_class)', 'rois.RTROIInterpretedType'
            ) }}
        ) as conflict,
        {{ idc_version() }}
    from rois
    inner join structure_sets on rois.structure_set_key = structure_sets.structure_set_key
    left join facets
        on
            {{ roi_cohort('structure_sets.collection_id', 'structure_sets.Manufacturer') }}
            = facets.cohort
            and rois.ROIName = facets.ROIName
    left join repeated_names
        on facets.cohort = repeated_names.cohort and facets.ROIName = repeated_names.ROIName
    left join overrides
        on
            structure_sets.collection_id = overrides.collection_id
            and rois.ROIName = overrides.ROIName
)

select * from final
