with findings as (
    select 'catalog_findings' as mart, finding_code, severity, structure_set_key, collection_id
    from catalog_findings
    union all
    select 'mask_findings' as mart, finding_code, severity, structure_set_key, collection_id
    from mask_findings
)

select
    finding_code,
    severity,
    count(*) as findings,
    count(distinct structure_set_key) as structure_sets,
    count(distinct collection_id) as collections,
    mart
from findings
group by mart, finding_code, severity
order by array_position(['error', 'warning', 'info'], severity), findings desc, finding_code
