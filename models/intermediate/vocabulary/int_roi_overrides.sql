with overrides as (
    select
        collection_id,
        ROIName,
        roi_class,
        structure,
        laterality,
        reason
    from {{ ref('roi_overrides') }}
),

tg263_names as (
    select
        structure,
        laterality,
        tg263_name
    from {{ ref('tg263_names') }}
),

final as (
    select
        overrides.collection_id,
        overrides.ROIName,
        overrides.roi_class,
        overrides.structure,
        overrides.laterality,
        tg263_names.tg263_name,
        'collection.override' as match_rule,
        'A' as confidence,
        overrides.reason
    from overrides
    left join tg263_names
        on
            overrides.structure = tg263_names.structure
            and coalesce(overrides.laterality, '') = coalesce(tg263_names.laterality, '')
)

select * from final
