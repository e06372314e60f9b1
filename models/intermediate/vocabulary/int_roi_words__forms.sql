{{ config(materialized='table') }}

with lexicon as (
    select
        word,
        case when max(role) = 'side' then 'side' else min(role) end as role,
        min(number) as number,
        max(case when whole_word_only then 1 else 0 end) as is_whole_word_only,
        max(
            case
                when {{ rtstruct.regex_match('languages', '^([a-z]+ )*(fr|it)( |$)') }} then 1
                else 0
            end
        ) as is_romance,
        max(case when {{ rtstruct.regex_match('languages', 'tr') }} then 1 else 0 end)
            as is_turkish
    from {{ ref('int_roi_words__lexicon') }}
    group by word
),

-- An s or es too many (lar or ler, in Turkish): a plural that the list need not spell out.
plurals as (
    select
        lexicon.word || ending as form,
        lexicon.word
    from {{ rtstruct.unnested('lexicon', ending="split('s es lar ler', ' ')") }}
    where
        length(lexicon.word) >= 3
        and (ending in ('s', 'es') or lexicon.is_turkish = 1)
        and lexicon.role in ('anatomy', 'helper')
        -- `NVBs`: an abbreviation has an s only.
        and (lexicon.is_whole_word_only = 0 or ending = 's')
),

forms as (
    select
        word as form,
        'word' as method,
        word,
        number,
        1 as preference
    from lexicon
    union all
    select
        form,
        'plural' as method,
        min(word) as word,
        'plural' as number,
        2 as preference
    from plurals
    group by form
    union all
    -- `loeil`, `lorecchio`: the article before a vowel, without its apostrophe, is no side.
    select
        'l' || word as form,
        'article' as method,
        word,
        number,
        3 as preference
    from lexicon
    where
        role = 'anatomy'
        and is_romance = 1
        and length(word) >= 4
        and {{ rtstruct.regex_match('word', '^[aeiouh]') }}
),

ranked as (
    select
        *,
        min(preference) over (partition by form) as best
    from forms
),

final as (
    select
        form,
        method,
        word,
        number
    from ranked
    where preference = best
)

select * from final
