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
        case when max(role) = 'side' then 'side' else min(role) end as role,
        min(number) as number,
        max(case when whole_word_only then 1 else 0 end) as is_whole_word_only,
        max(case when role = 'side' and needs_language then 1 else 0 end) as is_foreign_side,
        max(case when {{ rtstruct.regex_match('languages', 'de|nl') }} then 1 else 0 end)
            as is_germanic
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

unknown as (
    select tokens.token
    from tokens
    left join known on tokens.token = known.token
    where
        known.token is null
        and length(tokens.token) <= 40
        and (
            length(tokens.token) >= 3
            or {{ rtstruct.regex_match('tokens.token', rtstruct.roi_syllabic_pattern()) }}
        )
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

pieces as (
    select
        unknown.token,
        length(unknown.token) as token_letters,
        piece_start,
        adhesive.letters,
        adhesive.word,
        adhesive.number,
        adhesive.role,
        adhesive.is_foreign_side
    from unknown
    {{ rtstruct.range_join('length(unknown.token)', 'piece_start') }}
    {{ rtstruct.range_join('least(20, length(unknown.token) - piece_start + 1)', 'piece_letters') }}
    inner join adhesive on substr(unknown.token, piece_start, piece_letters) = adhesive.spelling
),

splits as (
    select
        head.token,
        head.word as word_1,
        tail.word as word_2,
        cast(null as {{ dbt.type_string() }}) as word_3,
        head.number as number_1,
        tail.number as number_2,
        cast(null as {{ dbt.type_string() }}) as number_3,
        2 as parts,
        greatest(
            case when head.role = 'side' then 0 else head.letters end,
            case when tail.role = 'side' then 0 else tail.letters end
        ) as longest
    from pieces as head
    inner join pieces as tail
        on
            head.token = tail.token
            and head.letters + 1 = tail.piece_start
            and tail.piece_start + tail.letters - 1 = tail.token_letters
    where
        head.piece_start = 1
        -- `scapular` and `tibial` are adjectives, no sides.
        and not (head.word like '%a' and tail.word in ('l', 'r'))
        -- The letter of a language is only a side where it ends an organ, not `bas-i`.
        and not (tail.is_foreign_side = 1 and head.role != 'anatomy')
        -- A side of what says nothing is none: `neu-r`.
        and not (head.role in ('noise', 'optional') and tail.role = 'side')
        -- Before an organ it is no left but Spanish for without: `sinrecto`.
        and not (head.word = 'sin' and tail.role = 'anatomy')
        and not (head.role = 'side' and tail.role in ('noise', 'optional'))
    union all
    select
        head.token,
        head.word as word_1,
        middle.word as word_2,
        tail.word as word_3,
        head.number as number_1,
        middle.number as number_2,
        tail.number as number_3,
        3 as parts,
        greatest(
            case when head.role = 'side' then 0 else head.letters end,
            case when middle.role = 'side' then 0 else middle.letters end,
            case when tail.role = 'side' then 0 else tail.letters end
        ) as longest
    from pieces as head
    inner join pieces as middle
        on head.token = middle.token and head.letters + 1 = middle.piece_start
    inner join pieces as tail
        on
            head.token = tail.token
            and middle.piece_start + middle.letters = tail.piece_start
            and tail.piece_start + tail.letters - 1 = tail.token_letters
    where
        head.piece_start = 1
        and middle.letters >= 2
        and not (tail.is_foreign_side = 1 and middle.role != 'anatomy')
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
        where
            (longest >= 3 and (longest >= 4 or parts = 2))
            or {{ rtstruct.regex_match('token', rtstruct.roi_syllabic_pattern()) }}
    ) as ranked
    where preference = 1
),

glued as (
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

-- One letter missing, added, wrong, or two swapped: both spellings with one letter left out meet.
token_variants as (
    select
        token as variant,
        token
    from unknown
    where length(token) between 4 and 25
    union distinct
    select
        substr(unknown.token, 1, letter - 1) || substr(unknown.token, letter + 1) as variant,
        unknown.token
    from unknown
    {{ rtstruct.range_join('length(unknown.token)', 'letter') }}
    where length(unknown.token) between 4 and 25
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
