{{ config(materialized='view') }}

with own_overrides as (
    select
        collection_id,
        {{ as_written('ROIName') }} as ROIName,
        min(coalesce(roi_class, 'ANATOMY')) as roi_class,
        min(structure) as structure,
        min(laterality) as laterality,
        min(comment) as reason
    from {{ ref('roi_overrides_local') }}
    where roi_class is not null or structure is not null
    group by collection_id, {{ as_written('ROIName') }}
),

overrides as (
    select
        ours.collection_id,
        ours.ROIName,
        ours.roi_class,
        ours.structure,
        ours.laterality,
        ours.reason
    from {{ ref('roi_overrides') }} as ours
    left join own_overrides
        on ours.collection_id = own_overrides.collection_id and ours.ROIName = own_overrides.ROIName
    where own_overrides.ROIName is null
    union all
    select
        collection_id,
        ROIName,
        roi_class,
        structure,
        laterality,
        reason
    from own_overrides
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
