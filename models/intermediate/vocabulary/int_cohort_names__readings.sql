with texts as (
    select
        cohort,
        ROIName,
        rule,
        kind,
        affix,
        reads_as
    from {{ ref('int_cohort_texts') }}
),

facets as (
    select
        ROIName,
        roi_class,
        structure,
        laterality,
        confidence,
        unread,
        conflict
    from {{ ref('int_roi_names__facets') }}
),

structures as (
    select
        structure,
        is_paired
    from {{ ref('roi_structures') }}
),

siblings as (
    select
        cohort,
        kind,
        lower(reads_as) as stem,
        count(distinct affix) as affix_count
    from texts
    where rule = 'affix'
    group by cohort, kind, lower(reads_as)
),

compared as (
    select
        texts.cohort,
        texts.ROIName,
        texts.rule,
        texts.kind,
        texts.affix,
        texts.reads_as,
        alone.roi_class = 'UNKNOWN' as is_unknown,
        alone.conflict is not null and alone.laterality is null as has_untold_side,
        alone.unread is not null or alone.roi_class = 'UNKNOWN' as is_unread,
        coalesce(alone.structure = without.structure, false) as is_same_structure,
        without.laterality,
        -- Evidence adds; it never turns or takes a side that the name tells.
        coalesce(alone.laterality = without.laterality, alone.laterality is null) as keeps_side,
        without.roi_class != 'UNKNOWN'
        and without.unread is null
        and {{ rtstruct.is_sure('without.confidence') }} as is_whole,
        -- `nerka_p` beside `nerka_l`: what tells two of a pair apart may be a side.
        coalesce(structures.is_paired, false)
        and without.laterality is null
        and coalesce(siblings.affix_count, 0) > 1 as may_be_side
    from texts
    inner join facets as alone on texts.ROIName = alone.ROIName
    inner join facets as without on texts.reads_as = without.ROIName
    left join structures on without.structure = structures.structure
    left join siblings
        on
            texts.cohort = siblings.cohort
            and texts.kind = siblings.kind
            and lower(texts.reads_as) = siblings.stem
),

-- An ending that stands on many names which read whole without it, and only without it.
noise as (
    select
        cohort,
        kind,
        affix
    from compared
    where rule = 'affix'
    group by cohort, kind, affix
    having
        sum(case when is_unread and is_whole and keeps_side then 1 else 0 end) >= 3
        and sum(case when is_unread and is_whole and keeps_side then 1 else 0 end) * 5
        >= count(*) * 3
        and max(case when may_be_side then 1 else 0 end) = 0
),

evidence as (
    select
        compared.cohort,
        compared.ROIName,
        compared.reads_as,
        'cohort.affix' as match_rule,
        'B' as confidence,
        1 as preference
    from compared
    inner join noise
        on
            compared.cohort = noise.cohort
            and compared.kind = noise.kind
            and compared.affix = noise.affix
    where compared.is_unread and compared.is_whole and compared.keeps_side
    union all
    select
        cohort,
        ROIName,
        reads_as,
        'cohort.pair' as match_rule,
        'B' as confidence,
        2 as preference
    from compared
    where
        rule = 'pair'
        and has_untold_side
        and is_whole
        and is_same_structure
        and laterality in ('L', 'R')
    union all
    select
        cohort,
        ROIName,
        reads_as,
        'cohort.interpreted_type' as match_rule,
        'C' as confidence,
        3 as preference
    from compared
    where rule = 'type' and is_unknown
),

final as (
    select
        cohort,
        ROIName,
        reads_as,
        match_rule,
        confidence
    from (
        select
            *,
            row_number() over (
                partition by cohort, ROIName order by preference asc, length(reads_as) desc
            ) as place
        from evidence
    ) as ranked
    where place = 1
)

select * from final
