with unknown as (
    select token from {{ ref('int_roi_tokens__unknown') }}
),

lexicon as (
    select
        word,
        -- A letter may stand for a side and help a longer phrase as well (l: left, lumbar).
        case when max(role) = 'side' then 'side' else min(role) end as role,
        min(number) as number,
        max(case when whole_word_only then 1 else 0 end) as is_whole_word_only,
        max(case when role = 'side' and needs_language then 1 else 0 end) as is_foreign_side,
        max(case when {{ rtstruct.regex_match('languages', 'de|nl') }} then 1 else 0 end)
            as is_germanic
    from {{ ref('int_roi_words__lexicon') }}
    group by word
),

glueable as (
    select word from {{ ref('roi_glueable_words') }}
),

-- Words that may be glued to others: not the shortest ones, which hide in anything, except those
-- that a seed lists.
adhesive as (
    select
        word as spelling,
        word,
        number,
        role,
        is_foreign_side,
        length(word) as letters
    from lexicon
    where
        (length(word) >= 3 and is_whole_word_only = 0)
        or word in (select glueable.word from glueable)
        or {{ rtstruct.regex_match('word', rtstruct.roi_syllabic_pattern()) }}
    union all
    -- German and Dutch join words with an n or an s: Blasenwand, Zungengrund.
    select
        lexicon.word || link as spelling,
        lexicon.word,
        lexicon.number,
        lexicon.role,
        lexicon.is_foreign_side,
        length(lexicon.word) + 1 as letters
    from {{ rtstruct.unnested('lexicon', link="split('n s', ' ')") }}
    where length(lexicon.word) >= 4 and lexicon.role = 'anatomy' and lexicon.is_germanic = 1
),

-- What a token may begin with, and what it may end with.
heads as (
    select
        unknown.token,
        length(unknown.token) as token_letters,
        adhesive.letters,
        adhesive.word,
        adhesive.number,
        adhesive.role
    from unknown
    {{ rtstruct.range_join('least(20, length(unknown.token) - 1)', 'piece_letters') }}
    inner join adhesive on substr(unknown.token, 1, piece_letters) = adhesive.spelling
),

tails as (
    select
        unknown.token,
        adhesive.letters,
        adhesive.word,
        adhesive.number,
        adhesive.role,
        adhesive.is_foreign_side
    from unknown
    {{ rtstruct.range_join('least(20, length(unknown.token) - 1)', 'piece_letters') }}
    inner join adhesive
        on
            substr(unknown.token, length(unknown.token) - piece_letters + 1, piece_letters)
            = adhesive.spelling
),

halves as (
    select
        heads.token,
        heads.word as word_1,
        tails.word as word_2,
        heads.number as number_1,
        tails.number as number_2,
        greatest(
            case when heads.role = 'side' then 0 else heads.letters end,
            case when tails.role = 'side' then 0 else tails.letters end
        ) as longest
    from heads
    inner join tails
        on heads.token = tails.token and heads.letters + tails.letters = heads.token_letters
    where
        -- `scapular` and `tibial` are adjectives, no sides.
        not (heads.word like '%a' and tails.word in ('l', 'r'))
        -- The letter of a language is only a side where it ends an organ, not `bas-i`.
        and not (tails.is_foreign_side = 1 and heads.role != 'anatomy')
        -- A side of what says nothing is none: `neu-r`.
        and not (heads.role in ('noise', 'optional') and tails.role = 'side')
        and not (heads.role = 'side' and tails.role in ('noise', 'optional'))
        -- Before an organ it is no left but Spanish for without: `sinrecto`.
        and not (heads.word = 'sin' and tails.role = 'anatomy')
),

whole_halves as (
    select *
    from halves
    where
        longest >= 3
        or {{ rtstruct.regex_match('token', rtstruct.roi_syllabic_pattern()) }}
),

-- Three words are only asked where two do not make the token.
unhalved as (
    select unknown.token
    from unknown
    left join whole_halves on unknown.token = whole_halves.token
    where whole_halves.token is null
),

thirds as (
    select
        heads.token,
        heads.word as word_1,
        middle.word as word_2,
        tails.word as word_3,
        heads.number as number_1,
        middle.number as number_2,
        tails.number as number_3,
        greatest(
            case when heads.role = 'side' then 0 else heads.letters end,
            case when middle.role = 'side' then 0 else middle.letters end,
            case when tails.role = 'side' then 0 else tails.letters end
        ) as longest
    from unhalved
    inner join heads on unhalved.token = heads.token
    inner join tails
        on
            heads.token = tails.token
            and heads.letters + tails.letters + 2 <= heads.token_letters
    inner join adhesive as middle
        on
            substr(
                heads.token,
                heads.letters + 1,
                heads.token_letters - heads.letters - tails.letters
            )
            = middle.spelling
    where
        middle.letters <= 20
        and not (tails.is_foreign_side = 1 and middle.role != 'anatomy')
),

splits as (
    select
        token,
        word_1,
        word_2,
        cast(null as {{ dbt.type_string() }}) as word_3,
        number_1,
        number_2,
        cast(null as {{ dbt.type_string() }}) as number_3,
        2 as parts,
        longest
    from whole_halves
    union all
    select
        token,
        word_1,
        word_2,
        word_3,
        number_1,
        number_2,
        number_3,
        3 as parts,
        longest
    from thirds
    where
        longest >= 4
        or {{ rtstruct.regex_match('token', rtstruct.roi_syllabic_pattern()) }}
),

best_splits as (
    select *
    from (
        select
            *,
            row_number() over (
                partition by token
                order by parts asc, longest desc, word_1 asc, word_2 asc, word_3 asc
            ) as preference
        from splits
    ) as ranked
    where preference = 1
),

final as (
    select
        token,
        'glued' || cast(parts as {{ dbt.type_string() }}) as method,
        1 as part,
        word_1 as word,
        number_1 as number
    from best_splits
    union all
    select
        token,
        'glued' || cast(parts as {{ dbt.type_string() }}) as method,
        2 as part,
        word_2 as word,
        number_2 as number
    from best_splits
    union all
    select
        token,
        'glued' || cast(parts as {{ dbt.type_string() }}) as method,
        3 as part,
        word_3 as word,
        number_3 as number
    from best_splits
    where word_3 is not null
)

select * from final
