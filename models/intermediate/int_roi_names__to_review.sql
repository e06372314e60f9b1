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
            else 'weak'
        end as review_reason
    from names
    inner join counts on names.ROIName = counts.ROIName
    left join structures on names.structure = structures.structure
    where
        names.conflict is not null
        or names.roi_class = 'UNKNOWN'
        or (names.roi_class in ('ANATOMY', 'PRV', 'DERIVED') and names.structure is null)
        or {{ is_guess('names.confidence') }}
)

select * from final
