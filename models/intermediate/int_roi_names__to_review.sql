with names as (
    select
        ROIName,
        roi_class,
        structure,
        laterality,
        match_rule,
        confidence,
        candidates,
        unread,
        conflict
    from {{ ref('roi_name_vocabulary') }}
),

counts as (
    select
        ROIName,
        ROISeriesCount,
        collection_count
    from {{ ref('roi_name_counts') }}
),

repeated_names as (
    select
        ROIName,
        min(plainest_ROIName) as repeats_ROIName
    from {{ ref('int_repeated_names') }}
    group by ROIName
),

structures as (
    select
        structure,
        is_paired,
        plural_is_both
    from {{ ref('roi_structures') }}
),

final as (
    select
        names.*,
        counts.ROISeriesCount,
        counts.collection_count,
        case
            when names.conflict is not null then 'conflict'
            when names.roi_class = 'UNKNOWN' then 'unmapped'
            when names.roi_class in ('ANATOMY', 'PRV', 'DERIVED') and names.structure is null
                then 'no structure'
            when
                names.roi_class in ('ANATOMY', 'PRV', 'DERIVED')
                and names.unread is null
                and names.laterality is null
                and structures.is_paired
                and structures.plural_is_both
                then 'no side'
            when names.unread is null and repeated_names.ROIName is not null then 'repeated'
            else 'weak'
        end as review_reason,
        repeated_names.repeats_ROIName
    from names
    inner join counts on names.ROIName = counts.ROIName
    left join repeated_names on names.ROIName = repeated_names.ROIName
    left join structures on names.structure = structures.structure
    where
        names.conflict is not null
        or names.roi_class = 'UNKNOWN'
        or (names.roi_class in ('ANATOMY', 'PRV', 'DERIVED') and names.structure is null)
        or {{ is_guess('names.confidence') }}
)

select * from final
