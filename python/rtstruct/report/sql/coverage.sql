-- Patients with at least one ROI of the structure, by collection.
select structure, collection_id, count(distinct PatientID) as patients
from rtstruct_rois
where structure is not null
group by structure, collection_id
order by structure, collection_id
