-- A name that one cohort alone uses is read as there, others as they read by themselves.
with cohort_facets as (
    select * from {{ ref('int_cohort_names__facets') }}
    where cohort != 'segments'
),

name_facets as (
    select * from {{ ref('int_roi_names__facets') }}
),

repeated_names as (
    select distinct ROIName
    from {{ ref('int_repeated_names') }}
),

users as (
    select
        ROIName,
        count(*) as cohort_count
    from cohort_facets
    group by ROIName
),

facets as (
    select
        {% for facet in facet_columns() -%}
        cohort_facets.{{ facet }},
        {% endfor -%}
        cohort_facets.ROIName,
        cohort_facets.vocabulary_version
    from cohort_facets
    inner join users on cohort_facets.ROIName = users.ROIName
    where users.cohort_count = 1
    union all
    select
        {% for facet in facet_columns() -%}
        name_facets.{{ facet }},
        {% endfor -%}
        name_facets.ROIName,
        name_facets.vocabulary_version
    from name_facets
    inner join users on name_facets.ROIName = users.ROIName
    where users.cohort_count > 1
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
        {% if facet == 'confidence' -%}
        -- another name of a structure set reads the same: this one says more than was read
        {{ guess_if('repeated_names.ROIName is not null', 'facets.confidence') }} as confidence,
        {% else -%}
        facets.{{ facet }},
        {% endif -%}
        {% endfor -%}
        conflicts.conflict,
        facets.vocabulary_version,
        {{ idc_version() }}
    from facets
    left join conflicts on facets.ROIName = conflicts.ROIName
    left join repeated_names on facets.ROIName = repeated_names.ROIName
)

select * from final
