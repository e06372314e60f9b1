select ROIName, structure, count(*) as rois, count(distinct collection_id) as collections
from rtstruct_rois
where geometry_class = 'points'
group by all
order by rois desc, ROIName
limit 200
