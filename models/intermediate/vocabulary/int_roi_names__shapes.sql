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
        is_optional,
        concept,
        role
    from {{ ref('int_roi_names__concepts') }}
),

all_marks as (
    select
        role,
        concept,
        mark,
        place
    from {{ ref('roi_role_marks') }}
),

role_marks as (
    select
        role,
        place
    from all_marks
    where concept is null
),

concept_marks as (
    select
        concept,
        place
    from all_marks
    where concept is not null and role != 'symbol'
),

signs as (
    select
        concept as sign,
        place
    from all_marks
    where role = 'symbol'
),

marks as (
    select distinct
        mark,
        place,
        {{ rtstruct.roi_mark_code('place') }} as code
    from all_marks
),

marked as (
    select
        concepts.*,
        case
            when concepts.role = 'symbol' then signs.place
            else coalesce(concept_marks.place, role_marks.place, 0)
        end as mark_place
    from concepts
    left join concept_marks on concepts.concept = concept_marks.concept
    left join role_marks
        on
            case
                when
                    concepts.role = 'unknown'
                    and length(concepts.token) <= 3
                    and not {{ rtstruct.regex_match(
                        'concepts.token', rtstruct.roi_syllabic_pattern()
                    ) }}
                    then 'unknown_letters'
                else concepts.role
            end = role_marks.role
    left join signs on concepts.role = 'symbol' and concepts.token = signs.sign
),

slots as (
    select
        ROIName,
        position,
        part,
        min(token) as token,
        -- Of a word that may be several things, the mark of the last place counts.
        max(mark_place) as mark_place
    from marked
    group by ROIName, position, part
),

slot_texts as (
    select
        slots.ROIName,
        string_agg(marks.mark, ' ' order by slots.position, slots.part) as shape,
        string_agg(marks.code, '' order by slots.position, slots.part) as shape_codes,
        ' ' || string_agg(
            case when slots.part = 1 then slots.token end, ' ' order by slots.position
        ) || ' ' as token_text
    from slots
    left join marks on slots.mark_place = marks.place
    group by slots.ROIName
),

-- A letter that is a side in some languages counts where all anatomy is in such a language. A V
-- (vein) or a P only counts beside a word of that very language.
languages as (
    select
        ROIName,
        fitting_languages,
        spoken_languages
    from {{ ref('int_roi_names__languages') }}
),

anatomical as (
    select distinct ROIName
    from marked
    where role = 'anatomy'
),

side_letters as (
    select
        marked.ROIName,
        upper(substr(marked.concept, 1, 1)) as side,
        case
            when not marked.needs_language and length(marked.word) > 1 then 'word'
            -- L2 may be a level, a vertebra or the second one on the left.
            when
                not marked.needs_language and length(marked.token) = 1
                and {{ rtstruct.regex_match('marked.next_token', '^[0-9]$') }}
                then 'numbered'
            when not marked.needs_language then 'letter'
            {%- for language in rtstruct.roi_languages() if language != 'en' %}
            when
                strpos(marked.languages, '{{ language }}') > 0
                and (
                    strpos(languages.spoken_languages, ' {{ language }} ') > 0
                    {%- if language in ['fr', 'es', 'de', 'nl', 'it', 'pt', 'tr'] %}
                    or (
                        anatomical.ROIName is not null
                        and strpos(languages.fitting_languages, ' {{ language }} ') > 0
                    )
                    {%- endif %}
                )
                then 'language'
            {%- endfor %}
            -- `re` and `li` end a name for no other reason.
            when marked.needs_language and length(marked.word) > 1 and marked.next_token is null
                then 'foreign'
        end as kind
    from marked
    inner join languages on marked.ROIName = languages.ROIName
    left join anatomical on marked.ROIName = anatomical.ROIName
    where marked.role = 'side'
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

final as (
    select
        names.ROIName,
        coalesce(min(slot_texts.shape), '') as shape,
        coalesce(min(slot_texts.shape_codes), '') as shape_codes,
        coalesce(min(slot_texts.token_text), ' ') as token_text,
        coalesce(
            string_agg(
                case
                    when marked.role = 'hint' then '?' || marked.concept
                    when marked.role in ('anatomy', 'position') then marked.concept
                    -- What parts two names; between blanks, a hyphen only orders the words.
                    when
                        marked.token in ('/', '&', '+') or marked.concept = 'and'
                        or (
                            marked.token = '-'
                            and {{ rtstruct.regex_match('names.ROIName', '[A-Za-z]-[A-Za-z]') }}
                        )
                        then '='
                end, ' ' order by marked.position, marked.part, marked.nth, marked.concept
            ), ''
        ) as concept_key,
        coalesce(min(sides.word_sides), '') as word_sides,
        coalesce(min(sides.letter_sides), '') as letter_sides,
        coalesce(min(sides.numbered_sides), '') as numbered_sides,
        coalesce(min(sides.language_sides), '') as language_sides,
        coalesce(min(sides.foreign_sides), '') as foreign_sides,
        max(case when marked.role = 'anatomy' and marked.number = 'plural' then 1 else 0 end)
            as names_plural,
        max(case when marked.concept = 'combined' then 1 else 0 end) as names_both,
        max(case when marked.token = 'b' and marked.concept = 'combined' then 1 else 0 end)
            as is_both_by_letter,
        max(case when marked.concept = 'contra' then 1 else 0 end) as names_relative_side,
        max(case when marked.role = 'anatomy' then marked.is_beginning else 0 end)
            as names_beginning,
        max(case when marked.role = 'anatomy' then 1 else 0 end) as names_anatomy,
        max(
            case
                when marked.role in ('symbol', 'number', 'unknown') then 0
                -- A letter wrong in eight, or six letters of a word: hardly another organ.
                when marked.method = 'misspelt'
                    then case
                        when marked.role = 'anatomy' and length(marked.token) >= 8 then 2
                        else 4
                    end
                when marked.method in ('beginning', 'glued3', 'skeleton', 'stem')
                    then case
                        when
                            marked.role = 'anatomy'
                            and (marked.method = 'glued3' or length(marked.token) >= 6)
                            then 2
                        else 3
                    end
                when marked.method in ('glued2', 'plural', 'article') or marked.token = 'b' then 2
                else 1
            end
        ) as weakest_method,
        -- A sign of Chinese or a syllable of Korean says more than a letter.
        max(
            case
                when marked.role != 'anatomy' then null
                when {{ rtstruct.regex_match('marked.token', rtstruct.roi_syllabic_pattern()) }}
                    then 4
                else length(marked.token)
            end
        ) as longest_anatomy,
        string_agg(
            case when marked.role = 'target' then marked.concept end, ' ' order by marked.position
        )
            as target_words,
        min(case when marked.role in ('helper', 'weak_helper') then marked.concept end)
            as helper_word
    from {{ ref('int_roi_names') }} as names
    left join marked on names.ROIName = marked.ROIName
    left join slot_texts on names.ROIName = slot_texts.ROIName
    left join sides on names.ROIName = sides.ROIName
    group by names.ROIName
)

select * from final
