with names as (
    select
        cohort,
        ROIName,
        RTROIInterpretedType
    from {{ ref('int_cohort_names') }}
    where length(ROIName) <= 200
),

interpreted_types as (
    select
        RTROIInterpretedType,
        reads_as
    from {{ ref('roi_interpreted_types') }}
),

side_words as (
    select
        word,
        min(concepts) as side
    from {{ ref('roi_words') }}
    where concepts in ('left', 'right')
    group by word
),

cohorts as (
    select
        cohort,
        count(*) as name_count
    from names
    group by cohort
),

parted as (
    {%- for kind, rest, affix in rtstruct.roi_affixes() %}
    select
        cohort,
        ROIName,
        '{{ kind }}' as kind,
        {{ rtstruct.regex_group('ROIName', rest) }} as reads_as,
        lower({{ rtstruct.regex_group('ROIName', affix) }}) as affix
    from names
    where {{ rtstruct.regex_match('ROIName', rest) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- What stands on a quarter of the names of a cohort, and on three at least, may be its habit; so
-- may what stands on six and on a twentieth.
habits as (
    select
        parted.cohort,
        parted.kind,
        parted.affix
    from parted
    inner join cohorts on parted.cohort = cohorts.cohort
    group by parted.cohort, parted.kind, parted.affix
    having
        (count(*) >= 3 and count(*) * 4 >= min(cohorts.name_count))
        or (count(*) >= 6 and count(*) * 20 >= min(cohorts.name_count))
),

-- Two names that only differ in a left and a right word, and no third one: `Eye d`, `Eye g`.
pairs as (
    select
        parted.cohort,
        lower(parted.reads_as) as stem
    from parted
    left join side_words on parted.affix = side_words.word
    where parted.kind = 'last'
    group by parted.cohort, lower(parted.reads_as)
    having
        count(distinct parted.affix) = 2
        and count(distinct side_words.side) = 2
        and count(distinct side_words.word) = 2
),

final as (
    select
        parted.cohort,
        parted.ROIName,
        'affix' as rule,
        parted.kind,
        parted.affix,
        parted.reads_as
    from parted
    inner join habits
        on
            parted.cohort = habits.cohort
            and parted.kind = habits.kind
            and parted.affix = habits.affix
    union all
    select
        parted.cohort,
        parted.ROIName,
        'pair' as rule,
        parted.kind,
        parted.affix,
        parted.reads_as || ' ' || side_words.side as reads_as
    from parted
    inner join pairs
        on parted.cohort = pairs.cohort and lower(parted.reads_as) = pairs.stem
    inner join side_words on parted.affix = side_words.word
    where parted.kind = 'last'
    union all
    select
        names.cohort,
        names.ROIName,
        'type' as rule,
        'type' as kind,
        names.RTROIInterpretedType as affix,
        interpreted_types.reads_as
    from names
    inner join interpreted_types
        on names.RTROIInterpretedType = interpreted_types.RTROIInterpretedType
)

select * from final
