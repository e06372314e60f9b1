{{ config(materialized='table') }}

with lexicon as (
    select
        word,
        min(concepts) as concepts,
        case when max(role) = 'side' then 'side' else min(role) end as role
    from {{ ref('int_roi_words__lexicon') }}
    group by word
    having max(case when whole_word_only then 1 else 0 end) = 0
),

long_words as (
    select
        word,
        concepts,
        role
    from lexicon
    where
        (role in ('anatomy', 'helper') and length(word) >= 5)
        or (role = 'side' and length(word) >= 4)
),

skeletons as (
    select
        {{ rtstruct.roi_word_skeleton('word') }} as variant,
        min(word) as word,
        min(concepts) as concepts
    from long_words
    where role = 'anatomy'
    group by {{ rtstruct.roi_word_skeleton('word') }}
    having count(distinct long_words.concepts) = 1
),

letters as (
    select
        word as variant,
        word,
        concepts
    from long_words
    union distinct
    select
        substr(long_words.word, 1, letter - 1) || substr(long_words.word, letter + 1) as variant,
        long_words.word,
        long_words.concepts
    from long_words
    {{ rtstruct.range_join('length(long_words.word)', 'letter') }}
),

final as (
    select
        'letter' as method,
        variant,
        word,
        concepts
    from letters
    union all
    select
        'skeleton' as method,
        variant,
        word,
        concepts
    from skeletons
    where length(variant) >= 4
)

select * from final
