with marks as (
    select distinct
        mark,
        {{ rtstruct.roi_mark_code('place') }} as code
    from {{ ref('roi_role_marks') }}
),

patterns as (
    select distinct pattern
    from {{ ref('roi_class_rules') }}
    where pattern is not null
    union distinct
    select distinct pattern
    from {{ ref('roi_shape_traits') }}
),

parts as (
    select
        patterns.pattern,
        part_offset as place,
        part,
        {{ rtstruct.regex_group('part', '^(not|some|except)[(]') }} as quantity,
        {{ rtstruct.regex_replace('part', '^(not|some|except)[(]|[)]$', '') }} as words
    from {{ rtstruct.unnested(
        'patterns', part="split(patterns.pattern, ' ')", offset='part_offset'
    ) }}
),

part_words as (
    select
        parts.pattern,
        parts.place,
        word
    from {{ rtstruct.unnested('parts', word="split(parts.words, '|')") }}
),

part_codes as (
    select
        part_words.pattern,
        part_words.place,
        string_agg(marks.code, '' order by marks.code) as codes
    from part_words
    inner join marks on part_words.word = marks.mark
    group by part_words.pattern, part_words.place
),

final as (
    select
        parts.pattern,
        '^' || string_agg(
            case
                when parts.part = '...' then '.*'
                when parts.part = 'end' then '$'
                when parts.quantity = 'not' then '[^' || part_codes.codes || ']*'
                when parts.quantity = 'except' then '[^' || part_codes.codes || ']'
                when parts.quantity = 'some' then '[' || part_codes.codes || ']*'
                else '[' || part_codes.codes || ']'
            end, '' order by parts.place
        ) as expression
    from parts
    left join part_codes
        on parts.pattern = part_codes.pattern and parts.place = part_codes.place
    group by parts.pattern
)

select * from final
