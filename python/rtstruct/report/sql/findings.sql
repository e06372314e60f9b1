select
    finding_code,
    severity,
    count(*) as findings,
    count(distinct structure_set_key) as structure_sets,
    count(distinct collection_id) as collections,
    'catalog_findings' as mart
from catalog_findings
group by finding_code, severity
