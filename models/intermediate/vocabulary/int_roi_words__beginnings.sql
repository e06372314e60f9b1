{{ config(materialized='table') }}

with lexicon as (
    select
        word,
        min(concepts) as concepts,
        case when max(role) = 'side' then 'side' else min(role) end as role,
        string_agg(distinct languages, ' ' order by languages) as languages,
        max(case when whole_word_only then 1 else 0 end) as is_whole_word_only
    from {{ ref('int_roi_words__lexicon') }}
    group by word
),

-- `submandib`, `esoph`, `mediast`: the beginning of words that all mean the same; `prosth`, where
-- no part of the body begins so.
final as (
    select
        substr(lexicon.word, 1, letters) as beginning,
        coalesce(
            min(case when lexicon.role = 'anatomy' then lexicon.word end), min(lexicon.word)
        ) as word,
        coalesce(
            min(case when lexicon.role = 'anatomy' then lexicon.concepts end), min(lexicon.concepts)
        ) as concepts,
        string_agg(distinct language, ' ' order by language) as languages
    from {{ rtstruct.unnested('lexicon', language="split(lexicon.languages, ' ')") }}
    {{ rtstruct.range_join('length(lexicon.word) - 1', 'letters') }}
    where
        lexicon.is_whole_word_only = 0
        and (
            (lexicon.role = 'anatomy' and letters >= 4)
            or (lexicon.role = 'helper' and letters >= 5)
        )
    group by substr(lexicon.word, 1, letters)
    having
        count(distinct case when lexicon.role = 'anatomy' then lexicon.concepts end) = 1
        or (count(distinct lexicon.concepts) = 1 and max(lexicon.role) = 'helper')
)

select * from final
