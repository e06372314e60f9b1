with facets as (
    select * from {{ ref('int_roi_names__facets') }}
),

rois as (
    select * from {{ ref('rtstruct_rois') }}
),

conflicts as (
    select
        ROIName,
        min(conflict) as conflict
    from rois
    where ROIName is not null
    group by ROIName
),

final as (
    select
        facets.ROIName,
        {% for facet in facet_columns() -%}
        facets.{{ facet }},
        {% endfor -%}
        conflicts.conflict,
        facets.vocabulary_version,
        {{ idc_version() }}
    from facets
    -- labels of segments are read too, but are no names of ROIs
    inner join conflicts on facets.ROIName = conflicts.ROIName
)

select * from final
