select geometry_class, count(*) as rois, count(distinct ROIName) as names,
    count(distinct SeriesInstanceUID) as series
from rtstruct_rois
group by geometry_class
order by rois desc
