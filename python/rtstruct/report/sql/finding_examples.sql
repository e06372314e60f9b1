-- Five findings of each code.
select
    finding_code,
    findings.collection_id,
    series.PatientID,
    rois.ROIName,
    detail,
    viewer_url
from catalog_findings as findings
left join (
    select SeriesInstanceUID, any_value(PatientID) as PatientID, any_value(viewer_url) as viewer_url
    from rtstruct_series group by all
) as series using (SeriesInstanceUID)
left join (
    select structure_set_key, roi_position, any_value(ROIName) as ROIName
    from rtstruct_rois group by all
) as rois using (structure_set_key, roi_position)
qualify row_number() over (
    partition by finding_code order by findings.collection_id, SOPInstanceUID, ROINumber
) <= 5
order by finding_code, findings.collection_id, SOPInstanceUID, ROINumber
