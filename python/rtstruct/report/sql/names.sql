select vocabulary.*, counts.ROISeriesCount, counts.roi_count, counts.patient_count, counts.collection_count
from roi_name_vocabulary as vocabulary
inner join roi_name_counts as counts using (ROIName)
order by counts.ROISeriesCount desc, ROIName
