select ROIName, any_value(roi_class) as roi_class, count(*) as rois,
    count(distinct (collection_id, PatientID)) filter (PatientID is not null) as patients, count(distinct collection_id) as collections
from rtstruct_rois
where roi_class in ('HELPER', 'EXTERNAL', 'COMPOSITE')
group by ROIName
order by rois desc, ROIName
limit 200
