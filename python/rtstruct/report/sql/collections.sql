select *
from collection_summary
order by collection_id
