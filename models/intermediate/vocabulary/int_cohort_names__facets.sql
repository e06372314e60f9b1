with names as (
    select
        cohort,
        ROIName
    from {{ ref('int_cohort_names') }}
),

readings as (
    select
        cohort,
        ROIName,
        reads_as,
        match_rule,
        confidence
    from {{ ref('int_cohort_names__readings') }}
),

facets as (
    select *
    from {{ ref('int_roi_names__facets') }}
),

final as (
    select
        names.cohort,
        names.ROIName,
        {% for facet in rtstruct.facet_columns() -%}
        {% if facet in ('match_rule', 'confidence') -%}
        coalesce(readings.{{ facet }}, facets.{{ facet }}) as {{ facet }},
        {% else -%}
        facets.{{ facet }},
        {% endif -%}
        {% endfor -%}
        facets.conflict,
        facets.vocabulary_version
    from names
    left join readings on names.cohort = readings.cohort and names.ROIName = readings.ROIName
    inner join facets on coalesce(readings.reads_as, names.ROIName) = facets.ROIName
)

select * from final
