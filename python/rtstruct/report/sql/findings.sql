select
    finding_code,
    severity,
    count(*) as findings,
    count(distinct SeriesInstanceUID) as series,
    count(distinct collection_id) as collections
from catalog_findings
group by finding_code, severity
order by array_position(['error', 'warning', 'info'], severity), findings desc, finding_code
