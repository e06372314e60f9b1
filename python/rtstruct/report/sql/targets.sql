select target_type, target_part, count(distinct ROIName) as names, count(*) as rois,
    count(distinct (collection_id, PatientID)) filter (PatientID is not null) as patients, count(distinct collection_id) as collections
from rtstruct_rois
where roi_class = 'TARGET'
group by all
order by rois desc, target_type, target_part
