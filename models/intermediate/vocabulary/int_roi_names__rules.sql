with shapes as (
    select
        ROIName,
        shape,
        shape_codes,
        concept_key
    from {{ ref('int_roi_names__shapes') }}
),

structures as (
    select
        concept_key,
        outcome
    from {{ ref('int_concept_keys__structures') }}
),

patterns as (
    select
        pattern,
        expression
    from {{ ref('int_roi_patterns') }}
),

-- Some facets are told by the models themselves (match_rule `tg263.exact` and the like).
rules as (
    select
        rules_and_others.priority,
        rules_and_others.match_rule,
        rules_and_others.roi_class,
        rules_and_others.operation,
        rules_and_others.tells,
        coalesce(' ' || rules_and_others.anatomy || ' ', '') as anatomy,
        coalesce(patterns.expression, '') as expression
    from {{ ref('roi_class_rules') }} as rules_and_others
    left join patterns on rules_and_others.pattern = patterns.pattern
    where not rules_and_others.is_given
),

traits as (
    select
        patterns.expression,
        roi_shape_traits.trait
    from {{ ref('roi_shape_traits') }} as roi_shape_traits
    inner join patterns on roi_shape_traits.pattern = patterns.pattern
),

outlines as (
    select
        shapes.ROIName,
        shapes.shape,
        shapes.shape_codes,
        coalesce(structures.outcome, 'none') as outcome
    from shapes
    left join structures on shapes.concept_key = structures.concept_key
),

distinct_outlines as (
    select distinct
        outcome,
        shape_codes
    from outlines
),

fired as (
    select
        distinct_outlines.outcome,
        distinct_outlines.shape_codes,
        min(rules.priority) as priority
    from distinct_outlines
    inner join rules
        on
            (
                rules.anatomy = ''
                or strpos(rules.anatomy, ' ' || distinct_outlines.outcome || ' ') > 0
            )
            and {{ rtstruct.regex_match_column(
                'distinct_outlines.shape_codes', 'rules.expression'
            ) }}
    group by distinct_outlines.outcome, distinct_outlines.shape_codes
),

distinct_shapes as (
    select distinct shape_codes
    from outlines
),

shape_traits as (
    select
        distinct_shapes.shape_codes,
        ' ' || string_agg(distinct traits.trait, ' ' order by traits.trait) || ' ' as traits
    from distinct_shapes
    inner join traits
        on {{ rtstruct.regex_match_column('distinct_shapes.shape_codes', 'traits.expression') }}
    group by distinct_shapes.shape_codes
),

final as (
    select
        outlines.ROIName,
        outlines.outcome || ': ' || outlines.shape as outline,
        rules.priority,
        rules.match_rule,
        rules.roi_class,
        rules.operation,
        rules.tells,
        coalesce(shape_traits.traits, ' ') as traits
    from outlines
    inner join fired
        on outlines.outcome = fired.outcome and outlines.shape_codes = fired.shape_codes
    inner join rules on fired.priority = rules.priority
    left join shape_traits on outlines.shape_codes = shape_traits.shape_codes
)

select * from final
