with rois as (
    select distinct
        structure_set_key,
        ROIName
    from {{ ref('int_rois') }}
    where ROIName is not null
),

structure_sets as (
    select
        structure_set_key,
        {{ rtstruct.roi_cohort('collection_id', 'Manufacturer') }} as cohort
    from {{ ref('int_structure_sets') }}
),

facets as (
    select
        cohort,
        ROIName,
        roi_class || '/' || structure || '/' || coalesce(laterality, '')
        || '/' || coalesce(operation, '') || '/' || coalesce(operand, '')
        || '/' || coalesce(cast(margin_mm as {{ dbt.type_string() }}), '')
        || '/' || coalesce(cast(dose_gy as {{ dbt.type_string() }}), '') as reading
    from {{ ref('int_cohort_names__facets') }}
    where roi_class in ('ANATOMY', 'PRV', 'DERIVED') and structure is not null
),

readings as (
    select
        rois.structure_set_key,
        rois.ROIName,
        {{ rtstruct.roi_name_key('rois.ROIName') }} as name_key,
        facets.cohort,
        facets.reading
    from rois
    inner join structure_sets on rois.structure_set_key = structure_sets.structure_set_key
    inner join facets
        on structure_sets.cohort = facets.cohort and rois.ROIName = facets.ROIName
),

-- Of `Brain` and `Brain2` the plainer one is what it says; the other one says more.
compared as (
    select
        *,
        first_value(name_key) over (
            partition by structure_set_key, reading
            order by length(name_key) asc, name_key asc, ROIName asc
        ) as plainest_name_key,
        first_value(ROIName) over (
            partition by structure_set_key, reading
            order by length(name_key) asc, name_key asc, ROIName asc
        ) as plainest_ROIName
    from readings
),

final as (
    select
        cohort,
        ROIName,
        min(plainest_ROIName) as plainest_ROIName,
        count(distinct structure_set_key) as structure_set_count
    from compared
    where name_key != plainest_name_key
    group by cohort, ROIName
)

select * from final
