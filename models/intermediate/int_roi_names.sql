with rois as (
    select * from {{ ref('int_rois') }}
),

segments as (
    select * from {{ source_model('segments') }}
),

final as (
    select ROIName
    from rois
    where ROIName is not null

    union distinct

    select SegmentLabel as ROIName
    from segments
    where SegmentLabel is not null
)

select * from final
