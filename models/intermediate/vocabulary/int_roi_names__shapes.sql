with concepts as (
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
        languages,
        is_beginning,
        needs_language,
        concept,
        role
    from {{ ref('int_roi_names__concepts') }}
),

slot_texts as (
    select
        ROIName,
        shape,
        shape_codes,
        token_text
    from {{ ref('int_roi_names__slots') }}
),

-- A letter that is a side in some languages counts where all anatomy is in such a language. A V
-- (vein) or a P only counts beside a word of that very language.
languages as (
    select
        ROIName,
        fitting_languages,
        spoken_languages,
        loose_languages
    from {{ ref('int_roi_names__languages') }}
),

anatomical as (
    select distinct ROIName
    from concepts
    where role = 'anatomy'
),

-- Distinct, so that what tells a kind is worked out once, not for each question about it.
side_letters as (
    select distinct
        concepts.ROIName,
        concepts.position,
        upper(substr(concepts.concept, 1, 1)) as side,
        case
            when not concepts.needs_language and length(concepts.word) > 1 then 'word'
            -- L2 may be a level, a vertebra or the second one on the left.
            when
                not concepts.needs_language and length(concepts.token) = 1
                and {{ rtstruct.regex_match('concepts.next_token', '^[0-9]$') }}
                then 'numbered'
            when not concepts.needs_language then 'letter'
            {%- for language in rtstruct.roi_languages() if language != 'en' %}
            when
                strpos(concepts.languages, '{{ language }}') > 0
                and (
                    strpos(languages.spoken_languages, ' {{ language }} ') > 0
                    {%- if language in ['fr', 'es', 'de', 'nl', 'it', 'pt', 'tr', 'ca'] %}
                    or (
                        anatomical.ROIName is not null
                        and strpos(languages.fitting_languages, ' {{ language }} ') > 0
                    )
                    {%- endif %}
                )
                then 'language'
            {%- endfor %}
            -- `re` and `li` end a name for no other reason.
            when
                concepts.needs_language
                and length(concepts.word) > 1
                and concepts.next_token is null
                then 'foreign'
            -- `Plexus brach G`: at the end of an organ, no language has another use for it.
            when
                concepts.needs_language
                and concepts.token in ('g', 'd')
                and concepts.next_token is null
                and anatomical.ROIName is not null
                and strpos(languages.loose_languages, ' fr ') > 0
                then 'foreign'
        end as kind
    from concepts
    inner join languages on concepts.ROIName = languages.ROIName
    left join anatomical on concepts.ROIName = anatomical.ROIName
    where concepts.role = 'side'
),

sides as (
    select
        {%- for kind in ['word', 'letter', 'numbered', 'language', 'foreign'] %}
        max(case when kind = '{{ kind }}' and side = 'L' then 'L' else '' end)
        || max(case when kind = '{{ kind }}' and side = 'R' then 'R' else '' end)
            as {{ kind }}_sides,
        {%- endfor %}
        ROIName
    from side_letters
    group by ROIName
),

-- `Njure v`: a letter that is a side in the language of its name is no vein.
spoken_letters as (
    select distinct
        ROIName,
        position
    from side_letters
    where kind = 'language'
),

mark_texts as (
    select
        concepts.ROIName,
        coalesce(
            string_agg(
                case
                    when
                        role = 'hint'
                        and concept = 'vein'
                        and spoken_letters.position is not null
                        then null
                    when role = 'hint' then '?' || concept
                    when role in ('anatomy', 'position') then concept
                    -- What parts two names; between blanks, a hyphen only orders the words.
                    when
                        token in ('/', '&', '+') or concept = 'and'
                        or (
                            token = '-'
                            and {{ rtstruct.regex_match('concepts.ROIName', '[A-Za-z]-[A-Za-z]') }}
                        )
                        then '='
                end, ' ' order by concepts.position, part, nth, concept
            ), ''
        ) as concept_key,
        max(case when role = 'anatomy' and number = 'plural' then 1 else 0 end)
            as names_plural,
        max(case when concept = 'combined' then 1 else 0 end) as names_both,
        -- `B Stem` is no pair.
        max(
            case
                when
                    token = 'b'
                    and concept = 'combined'
                    and coalesce(next_token, '') not like 'stem%'
                    then 1
                else 0
            end
        ) as is_both_by_letter,
        max(case when concept = 'contra' then 1 else 0 end) as names_relative_side,
        max(case when role = 'anatomy' then is_beginning else 0 end)
            as names_beginning,
        max(case when role = 'anatomy' then 1 else 0 end) as names_anatomy,
        max(
            case
                when role in ('symbol', 'number', 'unknown') then 0
                -- A letter wrong in eight, or six letters of a word: hardly another organ.
                when method = 'misspelt'
                    then case
                        when role = 'anatomy' and length(token) >= 8 then 2
                        else 4
                    end
                when method in ('beginning', 'glued3', 'skeleton', 'stem')
                    then case
                        when method = 'glued3' and role in ('anatomy', 'side') then 2
                        when role = 'anatomy' and length(token) >= 6 then 2
                        else 3
                    end
                when method in ('glued2', 'plural', 'article') or token = 'b' then 2
                else 1
            end
        ) as weakest_method,
        -- A sign of Chinese or a syllable of Korean says more than a letter.
        max(
            case
                when role != 'anatomy' then null
                when {{ rtstruct.regex_match('token', rtstruct.roi_syllabic_pattern()) }}
                    then 4
                else length(token)
            end
        ) as longest_anatomy,
        string_agg(
            case when role = 'target' then concept end, ' ' order by concepts.position
        )
            as target_words,
        min(case when role in ('helper', 'weak_helper') then concept end)
            as helper_word
    from concepts
    left join spoken_letters
        on
            concepts.ROIName = spoken_letters.ROIName
            and concepts.position = spoken_letters.position
    group by concepts.ROIName
),

final as (
    select
        names.ROIName,
        coalesce(slot_texts.shape, '') as shape,
        coalesce(slot_texts.shape_codes, '') as shape_codes,
        coalesce(slot_texts.token_text, ' ') as token_text,
        coalesce(mark_texts.concept_key, '') as concept_key,
        {%- for kind in ['word', 'letter', 'numbered', 'language', 'foreign'] %}
        coalesce(sides.{{ kind }}_sides, '') as {{ kind }}_sides,
        {%- endfor %}
        coalesce(mark_texts.names_plural, 0) as names_plural,
        coalesce(mark_texts.names_both, 0) as names_both,
        coalesce(mark_texts.is_both_by_letter, 0) as is_both_by_letter,
        coalesce(mark_texts.names_relative_side, 0) as names_relative_side,
        coalesce(mark_texts.names_beginning, 0) as names_beginning,
        coalesce(mark_texts.names_anatomy, 0) as names_anatomy,
        coalesce(mark_texts.weakest_method, 1) as weakest_method,
        mark_texts.longest_anatomy,
        mark_texts.target_words,
        mark_texts.helper_word
    from {{ ref('int_roi_names') }} as names
    left join mark_texts on names.ROIName = mark_texts.ROIName
    left join slot_texts on names.ROIName = slot_texts.ROIName
    left join sides on names.ROIName = sides.ROIName
)

select * from final
