select evidence, count(*) as refs, count(distinct SeriesInstanceUID) as series
from rtstruct_references
group by evidence
order by refs desc
