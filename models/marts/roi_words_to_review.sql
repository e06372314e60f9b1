with names as (
    select
        ROIName,
        unread,
        ROISeriesCount
    from {{ ref('int_roi_names__to_review') }}
    where unread is not null
),

words as (
    select distinct
        names.ROIName,
        names.ROISeriesCount,
        names.unread,
        word
    from {{ rtstruct.unnested('names', word="split(names.unread, ' ')") }}
),

final as (
    select
        word,
        count(*) as name_count,
        count(case when unread = word then 1 end) as resolved_name_count,
        cast(sum(ROISeriesCount) as {{ dbt.type_bigint() }}) as ROISeriesCount,
        min(ROIName) as example_ROIName,
        max(ROIName) as other_example_ROIName,
        {{ idc_version() }}
    from words
    where word != ''
    group by word
)

select * from final
