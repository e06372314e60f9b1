with rois as (
    select * from {{ ref('rtstruct_rois') }}
),

final as (
    select
        ROIName,
        count(distinct SeriesInstanceUID) as ROISeriesCount,
        count(*) as roi_count,
        -- two collections may have a patient 001 each
        count(distinct coalesce(collection_id, '') || '|' || PatientID) as patient_count,
        count(distinct collection_id) as collection_count,
        {{ idc_version() }}
    from rois
    where ROIName is not null
    group by ROIName
)

select * from final
