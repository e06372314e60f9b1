-- Every mask with what the catalog and the registry know of it.
with rois as (
    select
        structure_set_key,
        ROINumber,
        any_value(roi_class) as roi_class,
        any_value(laterality) as laterality,
        any_value(structure) as structure,
        any_value(tg263_name) as tg263_name,
        any_value(confidence) as confidence,
        any_value(ROIDisplayColor) as ROIDisplayColor
    from rtstruct_rois
    group by structure_set_key, ROINumber
),

series as (
    select
        SeriesInstanceUID,
        any_value(viewer_url) as viewer_url
    from rtstruct_series
    group by SeriesInstanceUID
),

findings as (
    select
        structure_set_key,
        ROINumber,
        list(distinct finding_code order by finding_code) as findings
    from catalog_findings
    where severity <> 'info'
    group by structure_set_key, ROINumber
)

select
    masks.conversion_id,
    masks.collection_id,
    masks.PatientID,
    conversions.structure_set_key,
    masks.referenced_SeriesInstanceUID,
    masks.stack_number,
    masks.ROINumber,
    masks.ROIName,
    rois.roi_class,
    rois.structure,
    rois.laterality,
    rois.tg263_name,
    rois.confidence,
    rois.ROIDisplayColor,
    image_series.Modality,
    conversions.status,
    conversions.parameters,
    masks.path,
    masks.label,
    masks.sha256,
    masks.voxel_count,
    masks.i_min,
    masks.j_min,
    masks.k_min,
    masks.i_max,
    masks.j_max,
    masks.k_max,
    masks.mask_volume_mL,
    masks.contour_volume_mL,
    masks.contours_used,
    masks.contours_skipped,
    masks.notes,
    findings.findings,
    series.viewer_url
from registry.masks
inner join registry.conversions using (conversion_id)
left join rois
    on conversions.structure_set_key = rois.structure_set_key
    and masks.ROINumber = rois.ROINumber
left join (
    select SeriesInstanceUID, any_value(Modality) as Modality
    from image_series
    group by SeriesInstanceUID
) as image_series on masks.referenced_SeriesInstanceUID = image_series.SeriesInstanceUID
left join series on masks.SeriesInstanceUID = series.SeriesInstanceUID
left join findings
    on conversions.structure_set_key = findings.structure_set_key
    and masks.ROINumber = findings.ROINumber
order by masks.collection_id, masks.PatientID, masks.conversion_id, masks.ROINumber
