select roi_class, count(*) as names, sum(ROISeriesCount) as series, sum(roi_count) as rois
from roi_name_vocabulary
inner join roi_name_counts using (ROIName)
group by roi_class
order by rois desc
