with rois as (
    select * from {{ ref('int_rois') }}
),

final as (
    select distinct ROIName
    from rois
    where ROIName is not null
)

select * from final
