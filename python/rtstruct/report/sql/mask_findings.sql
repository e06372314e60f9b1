select
    mask,
    ROINumber,
    finding_code,
    detail
from mask_findings
where severity <> 'info'
order by all
