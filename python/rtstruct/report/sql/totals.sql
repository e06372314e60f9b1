select
    (select count(distinct collection_id) from collection_summary) as collections,
    (select sum(patient_count)::bigint from collection_summary) as patients,
    (select count(*) from rtstruct_series) as series,
    (select count(*) from rtstruct_rois) as rois,
    (select count(*) from roi_name_vocabulary) as names,
    (select count(distinct structure) from rtstruct_rois) as structures,
    (select count(*) from image_series) as image_series
