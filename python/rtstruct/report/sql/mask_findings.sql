-- Of masks that are as they were when the last build judged them.
select
    finding_code,
    severity,
    count(*) as findings,
    count(distinct structure_set_key) as structure_sets,
    count(distinct collection_id) as collections,
    'mask_findings' as mart
from mask_findings
semi join registry.masks
    on mask_findings.conversion_id = masks.conversion_id
    and mask_findings.ROINumber = masks.ROINumber
    and mask_findings.mask_sha256 = masks.sha256
group by finding_code, severity
