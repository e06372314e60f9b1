select confidence, count(*) as names, sum(roi_count) as rois
from roi_name_vocabulary
inner join roi_name_counts using (ROIName)
group by confidence
order by confidence nulls last
