-- What you say of a word is a structure, a concept, a side or that it says nothing.
with rules_of_yours as (
    select
        word,
        trim(meaning) as meaning
    from {{ ref('roi_words_local') }}
    where meaning is not null
),

meanings as (
    select structure as meaning from {{ ref('roi_structures') }}
    union distinct
    select concept as meaning from {{ ref('roi_concepts') }}
),

final as (
    select rules_of_yours.*
    from rules_of_yours
    left join meanings
        on
            rules_of_yours.meaning = meanings.meaning
            or lower(rules_of_yours.meaning) = meanings.meaning
    where
        meanings.meaning is null
        and lower(rules_of_yours.meaning) not in ('l', 'r', 'b', 'ignore')
)

select * from final
