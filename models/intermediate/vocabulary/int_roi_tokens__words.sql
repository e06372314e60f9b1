with tokens as (
    select distinct token
    from {{ ref('int_roi_names__tokens') }}
    where {{ rtstruct.regex_match('token', rtstruct.roi_word_pattern()) }}
),

lexicon as (
    select
        word,
        min(concepts) as concepts,
        -- A letter may stand for a side and help a longer phrase as well (l: left, lumbar).
        case when max(role) = 'side' then 'side' else min(role) end as role
    from {{ ref('int_roi_words__lexicon') }}
    group by word
),

forms as (
    select
        form,
        method,
        word,
        number
    from {{ ref('int_roi_words__forms') }}
),

glueable as (
    select word from {{ ref('roi_glueable_words') }}
),

unknown as (
    select token from {{ ref('int_roi_tokens__unknown') }}
),

glued as (
    select
        token,
        method,
        part,
        word,
        number
    from {{ ref('int_roi_tokens__glued') }}
),

beginnings as (
    select * from {{ ref('int_roi_words__beginnings') }}
),

-- As the list spells it, in the plural, or behind an article.
known as (
    select
        tokens.token,
        forms.method,
        1 as part,
        forms.word,
        forms.number
    from tokens
    inner join forms on tokens.token = forms.form
),

shortened as (
    select
        unknown.token,
        'beginning' as method,
        1 as part,
        beginnings.word,
        'singular' as number
    from unknown
    inner join beginnings on unknown.token = beginnings.beginning
),

-- `parotr`, `submandl`: such a beginning with the letter or abbreviation of a side.
stems as (
    select
        unknown.token,
        beginnings.word,
        min(lexicon.word) as side_word
    from unknown
    inner join glueable
        on substr(unknown.token, length(unknown.token) - length(glueable.word) + 1) = glueable.word
    inner join lexicon on glueable.word = lexicon.word and lexicon.role = 'side'
    inner join beginnings
        on
            substr(unknown.token, 1, length(unknown.token) - length(glueable.word))
            = beginnings.beginning
    group by unknown.token, beginnings.word
    having count(*) = 1
),

sided_stems as (
    select
        token,
        'stem' as method,
        1 as part,
        word,
        'singular' as number
    from stems
    union all
    select
        token,
        'stem' as method,
        2 as part,
        side_word as word,
        'singular' as number
    from stems
),

word_variants as (
    select * from {{ ref('int_roi_words__variants') }}
),

-- `duodnm`, `chst`: the vowels are left out.
skeletal as (
    select
        unknown.token,
        'skeleton' as method,
        1 as part,
        word_variants.word,
        'singular' as number
    from unknown
    inner join word_variants
        on {{ rtstruct.roi_word_skeleton('unknown.token') }} = word_variants.variant
    where
        word_variants.method = 'skeleton'
        and length(unknown.token) >= 4
        and length(unknown.token) < length(word_variants.word)
),

unresolved as (
    select unknown.token
    from unknown
    left join glued as joined on unknown.token = joined.token and joined.part = 1
    left join shortened on unknown.token = shortened.token
    left join skeletal on unknown.token = skeletal.token
    where
        joined.token is null
        and shortened.token is null
        and skeletal.token is null
        and length(unknown.token) between 4 and 25
),

-- One letter missing, added, wrong, or two swapped: both spellings with one letter left out meet.
token_variants as (
    select
        token as variant,
        token
    from unresolved
    union all
    select
        substr(unresolved.token, 1, letter - 1) || substr(unresolved.token, letter + 1) as variant,
        unresolved.token
    from unresolved
    {{ rtstruct.range_join('length(unresolved.token)', 'letter') }}
),

misspelt as (
    select
        token_variants.token,
        'misspelt' as method,
        1 as part,
        min(word_variants.word) as word,
        'singular' as number
    from token_variants
    inner join word_variants
        on
            token_variants.variant = word_variants.variant
            and substr(token_variants.token, 1, 1) = substr(word_variants.word, 1, 1)
    where word_variants.method = 'letter'
    group by token_variants.token
    having count(distinct word_variants.concepts) = 1
),

readings as (
    select
        *,
        1 as preference
    from known
    union all
    select
        *,
        3 as preference
    from glued
    where method = 'glued2'
    union all
    select
        *,
        4 as preference
    from shortened
    union all
    select
        *,
        5 as preference
    from glued
    where method = 'glued3'
    union all
    select
        *,
        6 as preference
    from skeletal
    union all
    select
        *,
        7 as preference
    from misspelt
    union all
    select
        *,
        8 as preference
    from sided_stems
),

-- `parot d`: what begins words of several languages, and means the same, is of all of them.
final as (
    select
        ranked.token,
        ranked.part,
        ranked.method,
        ranked.word,
        ranked.number,
        beginnings.languages
    from (
        select
            *,
            min(preference) over (partition by token) as best
        from readings
    ) as ranked
    left join lexicon on ranked.word = lexicon.word
    left join beginnings
        on ranked.token = beginnings.beginning and lexicon.concepts = beginnings.concepts
    where ranked.preference = best
)

select * from final
