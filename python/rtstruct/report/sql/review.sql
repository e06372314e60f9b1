select *
from roi_names_to_review
order by ROISeriesCount desc, ROIName
