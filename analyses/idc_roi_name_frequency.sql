-- From IDC's documentation: which ROI names there are, and in how many series each is. It reads
-- the nested sequence itself, so that it checks the mart roi_name_counts.
with dicom_all as (
    select * from {{ source('idc', 'dicom_all') }}
),

final as (
    select
        roi.ROIName,
        count(distinct dicom_all.SeriesInstanceUID) as ROISeriesCount
    from {{ unnested('dicom_all', roi='dicom_all.StructureSetROISequence') }}
    where roi.ROIName is not null
    group by roi.ROIName
)

select * from final
order by ROISeriesCount desc, ROIName asc
