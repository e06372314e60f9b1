-- The raw names that a structure gathers, by collection.
select
    structure,
    ROIName,
    laterality,
    roi_class,
    confidence,
    match_rule,
    collection_id,
    count(*) as rois,
    count(distinct SeriesInstanceUID) as series,
    min(viewer_url) as viewer_url
from rtstruct_rois
left join (select SeriesInstanceUID, viewer_url from rtstruct_series) using (SeriesInstanceUID)
where structure is not null
group by all
order by structure, rois desc, ROIName, collection_id
