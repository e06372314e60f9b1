with concepts as (
    select
        ROIName,
        role,
        languages
    from {{ ref('int_roi_names__concepts') }}
),

anatomical_words as (
    select
        ROIName,
        case when role = 'anatomy' and languages != 'any' then languages end as word_languages
    from concepts
),

-- Few sets of languages serve many names.
names as (
    select
        ROIName,
        coalesce(string_agg(distinct word_languages, '|' order by word_languages), '')
            as language_set
    from anatomical_words
    group by ROIName
),

sets as (
    select distinct language_set
    from names
),

set_words as (
    select
        sets.language_set,
        word_languages
    from {{ rtstruct.unnested('sets', word_languages="split(sets.language_set, '|')") }}
),

listed as (
    select '{{ rtstruct.roi_languages() | join(' ') }}' as languages
),

known as (
    select
        language_offset as place,
        language
    from {{ rtstruct.unnested(
        'listed', language="split(listed.languages, ' ')", offset='language_offset'
    ) }}
),

fits as (
    select
        set_words.language_set,
        known.language,
        min(known.place) as place,
        min(
            case
                when
                    set_words.word_languages = ''
                    or strpos(set_words.word_languages, known.language) > 0
                    then 1
                else 0
            end
        ) as fits_all,
        min(
            case
                when
                    {{ rtstruct.regex_match('set_words.word_languages', '^(any.*)?$') }}
                    or strpos(set_words.word_languages, known.language) > 0
                    then 1
                else 0
            end
        ) as fits_loosely,
        max(case when strpos(set_words.word_languages, known.language) > 0 then 1 else 0 end)
            as is_named,
        max(case when set_words.word_languages = known.language then 1 else 0 end) as is_alone
    from set_words
    cross join known
    group by set_words.language_set, known.language
),

spoken as (
    select
        language_set,
        min(case when fits_all = 1 then place end) as first_place,
        ' ' || coalesce(
            string_agg(case when fits_all = 1 then language end, ' ' order by place), ''
        ) || ' ' as fitting_languages,
        ' ' || coalesce(
            string_agg(
                case
                    when (fits_all = 1 and is_named = 1) or (fits_loosely = 1 and is_alone = 1)
                        then language
                end, ' ' order by place
            ), ''
        ) || ' ' as spoken_languages,
        ' ' || coalesce(
            string_agg(case when fits_loosely = 1 then language end, ' ' order by place), ''
        ) || ' ' as loose_languages
    from fits
    group by language_set
),

final as (
    select
        names.ROIName,
        known.language,
        spoken.fitting_languages,
        spoken.spoken_languages,
        spoken.loose_languages
    from names
    inner join spoken on names.language_set = spoken.language_set
    left join known on spoken.first_place = known.place
)

select * from final
