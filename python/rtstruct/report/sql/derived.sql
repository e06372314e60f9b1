select roi_class, structure, operation, margin_mm, count(distinct ROIName) as names,
    count(*) as rois, count(distinct (collection_id, PatientID)) filter (PatientID is not null) as patients
from rtstruct_rois
where roi_class in ('PRV', 'DERIVED')
group by all
order by rois desc, structure
limit 200
