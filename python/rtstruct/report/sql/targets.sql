select target_type, target_part, count(distinct ROIName) as names, count(*) as rois,
    count(distinct PatientID) as patients, count(distinct collection_id) as collections
from rtstruct_rois
where roi_class = 'TARGET'
group by all
order by rois desc, target_type, target_part
