{{ config(materialized='table') }}

with words as (
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
        concepts.role,
        concepts.is_optional
    from {{ rtstruct.unnested(
        'words', concept_of_word="split(words.concepts, ' ')", offset='nth_offset'
    ) }}
    inner join concepts on concept_of_word = concepts.concept
)

select * from final
