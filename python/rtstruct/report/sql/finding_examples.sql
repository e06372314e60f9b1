-- Five findings of each code.
with rois as (
    select structure_set_key, roi_position, any_value(ROIName) as ROIName
    from rtstruct_rois group by all
),

series as (
    select SeriesInstanceUID, any_value(PatientID) as PatientID, any_value(viewer_url) as viewer_url
    from rtstruct_series group by all
),

series_of_sets as (
    select structure_set_key, any_value(SeriesInstanceUID) as SeriesInstanceUID
    from rtstruct_rois group by all
),

findings as (
    select
        catalog_findings.finding_code,
        catalog_findings.collection_id,
        series.PatientID,
        catalog_findings.SOPInstanceUID,
        catalog_findings.ROINumber,
        rois.ROIName,
        catalog_findings.detail,
        series.viewer_url
    from catalog_findings
    left join series using (SeriesInstanceUID)
    left join rois using (structure_set_key, roi_position)
    union all
    select
        mask_findings.finding_code,
        mask_findings.collection_id,
        mask_findings.PatientID,
        mask_findings.SOPInstanceUID,
        mask_findings.ROINumber,
        mask_findings.ROIName,
        mask_findings.detail,
        series.viewer_url
    from mask_findings
    left join series_of_sets using (structure_set_key)
    left join series using (SeriesInstanceUID)
)

select finding_code, collection_id, PatientID, ROIName, detail, viewer_url
from findings
qualify row_number() over (
    partition by finding_code order by collection_id, SOPInstanceUID, ROINumber
) <= 5
order by finding_code, collection_id, SOPInstanceUID, ROINumber
