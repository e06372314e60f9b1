select collection_id, state, error_code, sum(roi_count) as rois
from mask_coverage
group by all
order by collection_id, state, error_code
