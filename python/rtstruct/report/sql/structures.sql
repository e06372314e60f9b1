select
    structure,
    count(distinct ROIName) as names,
    count(*) as rois,
    count(distinct SeriesInstanceUID) as series,
    count(distinct (collection_id, PatientID)) filter (PatientID is not null) as patients,
    count(distinct collection_id) as collections,
    count(*) filter (laterality = 'L') as rois_left,
    count(*) filter (laterality = 'R') as rois_right
from rtstruct_rois
where structure is not null
group by structure
order by patients desc, structure
