with vocabulary_words as (
    select
        word,
        concepts,
        languages,
        number,
        whole_word_only,
        needs_language,
        only_helps
    from {{ ref('roi_words') }}
),

-- The fewest words that name a structure stand for it.
structures as (
    select
        structure as meaning,
        concepts
    from (
        select
            structure,
            concepts,
            row_number() over (partition by structure order by length(concepts), concepts) as place
        from {{ ref('roi_phrases') }}
        where structure is not null
    ) as ranked
    where place = 1
),

-- Words of your own: what you say of one is all that it means.
own_words as (
    select
        lower(trim({{ as_written('rules_of_yours.word') }})) as word,
        min(
            case lower(trim(rules_of_yours.meaning))
                when 'l' then 'left'
                when 'r' then 'right'
                when 'b' then 'combined'
                when 'ignore' then 'edited'
                else coalesce(structures.concepts, lower(trim(rules_of_yours.meaning)))
            end
        ) as concepts
    from {{ ref('roi_words_local') }} as rules_of_yours
    left join structures on trim(rules_of_yours.meaning) = structures.meaning
    where rules_of_yours.meaning is not null
    group by lower(trim({{ as_written('rules_of_yours.word') }}))
),

-- A word that is known stays what it is beside others: glued to them, and plural.
known_words as (
    select
        word,
        min(case when whole_word_only then 1 else 0 end) = 1 as whole_word_only,
        min(number) as number
    from vocabulary_words
    group by word
),

words as (
    select
        vocabulary_words.*,
        false as is_own
    from vocabulary_words
    left join own_words on vocabulary_words.word = own_words.word
    where own_words.word is null
    union all
    select
        own_words.word,
        own_words.concepts,
        'any' as languages,
        coalesce(known_words.number, 'singular') as number,
        coalesce(known_words.whole_word_only, length(own_words.word) <= 3) as whole_word_only,
        false as needs_language,
        false as only_helps,
        true as is_own
    from own_words
    left join known_words on own_words.word = known_words.word
),

concepts as (
    select
        concept,
        role,
        is_optional
    from {{ ref('roi_concepts') }}
),

final as (
    select
        words.word,
        words.concepts,
        nth_offset + 1 as nth,
        concept_of_word as concept,
        words.languages,
        words.number,
        words.whole_word_only,
        words.needs_language,
        words.only_helps,
        words.is_own,
        concepts.role,
        concepts.is_optional
    from {{ rtstruct.unnested(
        'words', concept_of_word="split(words.concepts, ' ')", offset='nth_offset'
    ) }}
    inner join concepts on concept_of_word = concepts.concept
)

select * from final
