-- ROIs without a mask, and why, most frequent first.
select error_code, roi_failures.status, message, count(*) as rois,
    count(distinct conversion_id) as structure_sets
from registry.roi_failures
group by all
order by rois desc, error_code, message
limit 200
