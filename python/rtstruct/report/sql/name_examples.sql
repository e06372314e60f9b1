-- One structure set of IDC for each name, to open in IDC's viewer.
select ROIName, min(viewer_url) as viewer_url, min(portal_url) as portal_url
from rtstruct_rois
inner join rtstruct_series using (SeriesInstanceUID)
where viewer_url is not null
group by ROIName
