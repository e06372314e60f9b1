{{ config(materialized='table') }}

with shapes as (
    select
        ROIName,
        shape,
        concept_key
    from {{ ref('int_roi_names__shapes') }}
),

structures as (
    select
        concept_key,
        outcome
    from {{ ref('int_concept_keys__structures') }}
),

rules as (
    select
        priority,
        pattern,
        match_rule,
        roi_class,
        operation,
        tells
    from {{ ref('roi_class_rules') }}
),

outlines as (
    select
        shapes.ROIName,
        coalesce(structures.outcome, 'n') || ':' || shapes.shape as outline
    from shapes
    left join structures on shapes.concept_key = structures.concept_key
),

distinct_outlines as (
    select distinct outline
    from outlines
),

fired as (
    select
        distinct_outlines.outline,
        min(rules.priority) as priority
    from distinct_outlines
    inner join rules
        on {{ rtstruct.regex_match_column('distinct_outlines.outline', 'rules.pattern') }}
    group by distinct_outlines.outline
),

final as (
    select
        outlines.ROIName,
        outlines.outline,
        rules.match_rule,
        rules.roi_class,
        rules.operation,
        rules.tells
    from outlines
    inner join fired on outlines.outline = fired.outline
    inner join rules on fired.priority = rules.priority
)

select * from final
