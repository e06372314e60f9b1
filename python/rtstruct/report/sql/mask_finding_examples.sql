-- Five findings of each code, of masks that are as they were when the last build judged them.
with series as (
    select structure_set_key, any_value(viewer_url) as viewer_url
    from rtstruct_rois
    inner join rtstruct_series using (SeriesInstanceUID)
    group by all
)

select
    mask_findings.finding_code,
    mask_findings.collection_id,
    mask_findings.PatientID,
    mask_findings.ROIName,
    mask_findings.detail,
    series.viewer_url
from mask_findings
semi join registry.masks
    on mask_findings.conversion_id = masks.conversion_id
    and mask_findings.ROINumber = masks.ROINumber
    and mask_findings.mask_sha256 = masks.sha256
left join series using (structure_set_key)
qualify row_number() over (
    partition by finding_code
    order by collection_id, SOPInstanceUID, ROINumber
) <= 5
order by finding_code, collection_id, SOPInstanceUID, ROINumber
