-- Five findings of each code.
with rois as (
    select structure_set_key, roi_position, any_value(ROIName) as ROIName
    from rtstruct_rois group by all
),

series as (
    select SeriesInstanceUID, any_value(PatientID) as PatientID, any_value(viewer_url) as viewer_url
    from rtstruct_series group by all
)

select
    catalog_findings.finding_code,
    catalog_findings.collection_id,
    series.PatientID,
    rois.ROIName,
    catalog_findings.detail,
    series.viewer_url
from catalog_findings
left join series using (SeriesInstanceUID)
left join rois using (structure_set_key, roi_position)
qualify row_number() over (
    partition by finding_code
    order by catalog_findings.collection_id, SOPInstanceUID, catalog_findings.ROINumber
) <= 5
order by finding_code, catalog_findings.collection_id, SOPInstanceUID, catalog_findings.ROINumber
