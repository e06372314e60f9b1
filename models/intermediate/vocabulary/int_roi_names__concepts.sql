with tokens as (
    select
        ROIName,
        position,
        token,
        next_token
    from {{ ref('int_roi_names__tokens') }}
),

token_words as (
    select
        token,
        part,
        method,
        word,
        number,
        languages
    from {{ ref('int_roi_tokens__words') }}
),

lexicon as (
    select
        word,
        nth,
        concept,
        languages,
        needs_language,
        only_helps,
        role,
        is_optional
    from {{ ref('int_roi_words__lexicon') }}
),

context_words as (
    select
        rule,
        token,
        after,
        before,
        beside,
        not_beside,
        becomes,
        role,
        languages
    from {{ ref('roi_context_words') }}
),

read_tokens as (
    select
        tokens.ROIName,
        tokens.position,
        tokens.token,
        tokens.next_token,
        coalesce(token_words.part, 1) as part,
        coalesce(lexicon.nth, 1) as nth,
        token_words.word,
        token_words.number,
        lexicon.concept,
        case
            when
                lexicon.languages != 'any'
                and {{ rtstruct.regex_match('lexicon.languages', '^(any|en)') }}
                or token_words.method = 'beginning'
                then lexicon.languages || coalesce(' ' || token_words.languages, '')
            else lexicon.languages
        end as languages,
        case
            when
                token_words.languages is not null
                and {{ rtstruct.regex_match('lexicon.languages', '^(any|en)') }}
                then 1
            else 0
        end as is_beginning,
        lexicon.needs_language,
        lexicon.only_helps,
        lexicon.is_optional,
        coalesce(token_words.method, 'none') as method,
        case
            when lexicon.only_helps then 'hint'
            when lexicon.role is not null then lexicon.role
            when {{ rtstruct.regex_match('tokens.token', '^[0-9]') }} then 'number'
            when {{ rtstruct.regex_match('tokens.token', rtstruct.roi_word_pattern()) }}
                then 'unknown'
            else 'symbol'
        end as role
    from tokens
    left join token_words on tokens.token = token_words.token
    left join lexicon
        on
            token_words.word = lexicon.word
            -- `spinl`: a letter that is glued to a word helps no phrase.
            and not (
                lexicon.only_helps
                and length(lexicon.word) = 1
                and token_words.method like 'glued%'
            )
),

-- Words that mean something else beside others (seed roi_context_words): `opt` before a nerve is
-- optic, everywhere else optimisation.
context_tokens as (
    select distinct
        read_tokens.ROIName,
        read_tokens.position,
        read_tokens.part,
        context_words.rule,
        context_words.after,
        context_words.before,
        context_words.beside,
        context_words.not_beside
    from read_tokens
    inner join context_words
        on coalesce(read_tokens.word, read_tokens.token) = context_words.token
),

context_rules as (
    select
        context_tokens.ROIName,
        context_tokens.position,
        context_tokens.part,
        context_tokens.rule
    from context_tokens
    inner join read_tokens
        on
            context_tokens.ROIName = read_tokens.ROIName
            and context_tokens.position != read_tokens.position
    group by
        context_tokens.ROIName,
        context_tokens.position,
        context_tokens.part,
        context_tokens.rule
    having
        {%- for list, offset in [('after', -1), ('before', 1), ('beside', 0)] %}
        max(
            case
                when context_tokens.{{ list }} is null then 1
                {%- if offset %}
                when read_tokens.position != context_tokens.position + {{ offset }} then 0
                {%- endif %}
                when
                    strpos(
                        ' ' || context_tokens.{{ list }} || ' ', ' ' || read_tokens.concept || ' '
                    ) > 0
                    or strpos(
                        ' ' || context_tokens.{{ list }} || ' ', ' ' || read_tokens.role || ' '
                    ) > 0
                    then 1
                else 0
            end
        ) = 1 and
        {%- endfor %}
        max(
            case
                when
                    strpos(
                        ' ' || context_tokens.not_beside || ' ', ' ' || read_tokens.concept || ' '
                    ) > 0
                    then 1
                else 0
            end
        ) = 0
),

first_rules as (
    select
        ROIName,
        position,
        part,
        min(rule) as rule
    from context_rules
    group by ROIName, position, part
),

final as (
    select
        read_tokens.ROIName,
        read_tokens.position,
        read_tokens.part,
        read_tokens.nth,
        read_tokens.token,
        read_tokens.next_token,
        read_tokens.word,
        read_tokens.number,
        read_tokens.method,
        coalesce(context_words.languages, read_tokens.languages) as languages,
        read_tokens.is_beginning,
        read_tokens.needs_language,
        read_tokens.only_helps,
        read_tokens.is_optional,
        coalesce(context_words.becomes, read_tokens.concept) as concept,
        coalesce(context_words.role, read_tokens.role) as role
    from read_tokens
    left join first_rules
        on
            read_tokens.ROIName = first_rules.ROIName
            and read_tokens.position = first_rules.position
            and read_tokens.part = first_rules.part
    left join context_words on first_rules.rule = context_words.rule
)

select * from final
