{{ config(materialized='table') }}

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
        number
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
        lexicon.languages,
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
        end as role,
        max(case when lexicon.concept = 'nerve' then 1 else 0 end)
            over (partition by tokens.ROIName) as names_nerve,
        max(case when lexicon.concept in ('optic', 'opticnerve', 'chiasm') then 1 else 0 end)
            over (partition by tokens.ROIName) as names_optic,
        max(
            case
                when lexicon.concept in ('eye', 'lens', 'retina', 'macula', 'cornea', 'optic')
                    then 1
                else 0
            end
        ) over (partition by tokens.ROIName) as names_eye
    from tokens
    left join token_words on tokens.token = token_words.token
    left join lexicon on token_words.word = lexicon.word
),

-- `opt nerve` is the optic nerve; everywhere else `opt` means optimisation. `OS` of an eye is the
-- left one (oculus sinister); everywhere else `os` is a bone.
final as (
    select
        ROIName,
        position,
        part,
        nth,
        token,
        next_token,
        word,
        number,
        method,
        case
            when concept = 'opt' and names_nerve = 1 and names_optic = 0 then 'any'
            when token = 'os' and names_eye = 1 then 'any'
            else languages
        end as languages,
        needs_language,
        only_helps,
        is_optional,
        case
            when concept = 'opt' and names_nerve = 1 and names_optic = 0 then 'optic'
            when token = 'os' and names_eye = 1 then 'left'
            else concept
        end as concept,
        case
            when concept = 'opt' and names_nerve = 1 and names_optic = 0 then 'anatomy'
            when token = 'os' and names_eye = 1 then 'side'
            else role
        end as role
    from read_tokens
)

select * from final
