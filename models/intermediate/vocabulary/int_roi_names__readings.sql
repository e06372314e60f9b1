{{ config(materialized='view') }}

with shapes as (
    select
        *,
        word_sides || letter_sides || language_sides || numbered_sides as all_sides
    from {{ ref('int_roi_names__shapes') }}
),

rules as (
    select
        ROIName,
        match_rule,
        roi_class,
        operation,
        tells,
        traits
    from {{ ref('int_roi_names__rules') }}
),

keys as (
    select
        concept_key,
        outcome,
        first_structure,
        second_structure,
        structures,
        is_unsure,
        has_position,
        has_idle_anatomy,
        is_by_letter,
        leftovers
    from {{ ref('int_concept_keys__structures') }}
),

numbered as (
    select
        ROIName,
        structure
    from {{ ref('int_roi_names__numbered') }}
),

unread as (
    select
        ROIName,
        unread_words,
        unread_numbers,
        sides
    from {{ ref('int_roi_names__unread') }}
),

structure_sides as (
    select
        structure,
        is_paired,
        plural_is_both
    from {{ ref('roi_structures') }}
),

-- Muscles, nodes, vertebrae: one more word or number tells which one, so that the family alone is
-- no answer where one was not understood.
families as (
    select structure
    from {{ ref('roi_structure_families') }}
),

side_forms as (
    select
        structure,
        laterality,
        becomes
    from {{ ref('roi_side_forms') }}
),

-- TG-263 as it is spelled, in either word order; nothing else is asked then.
exact_names as (
    select
        spellings.name_key,
        min(spellings.structure) as structure,
        min(spellings.laterality) as laterality
    from (
        select
            {{ rtstruct.roi_name_key('tg263_name') }} as name_key,
            structure,
            laterality
        from {{ ref('tg263_names') }}
        union all
        select
            {{ rtstruct.roi_name_key('reverse_name') }} as name_key,
            structure,
            laterality
        from {{ ref('tg263_names') }}
        where reverse_name is not null
    ) as spellings
    group by spellings.name_key
    having count(distinct spellings.structure || coalesce(spellings.laterality, '')) = 1
),

spelled_names as (
    select tg263_name as spelling
    from {{ ref('tg263_names') }}
    union distinct
    select reverse_name as spelling
    from {{ ref('tg263_names') }}
    where reverse_name is not null
),

-- A row of the template that nobody filled in says nothing.
local_synonyms as (
    select
        lower({{ as_written('rules_of_yours.ROIName') }}) as name_key,
        min(coalesce(rules_of_yours.roi_class, 'ANATOMY')) as roi_class,
        min(rules_of_yours.structure) as structure,
        min(rules_of_yours.laterality) as laterality
    from {{ ref('roi_synonyms_local') }} as rules_of_yours
    where rules_of_yours.roi_class is not null or rules_of_yours.structure is not null
    group by lower({{ as_written('rules_of_yours.ROIName') }})
),

read_names as (
    select
        shapes.*,
        families.structure is not null as is_family,
        case
            when rules.roi_class = 'UNKNOWN' and numbered.structure is not null
                then 'anatomy.number'
            when families.structure is not null and rules.tells = 'structure'
                then 'anatomy.family'
            else rules.match_rule
        end as match_rule,
        case
            when rules.roi_class = 'UNKNOWN' and numbered.structure is not null then 'ANATOMY'
            else rules.roi_class
        end as roi_class,
        rules.operation,
        rules.traits,
        unread.unread_words,
        unread.unread_numbers,
        coalesce(unread.sides, '') as sides,
        keys.second_structure,
        keys.structures,
        keys.has_position,
        coalesce(keys.has_idle_anatomy, 0) as has_idle_anatomy,
        coalesce(keys.is_by_letter, 0) as is_by_letter,
        case when numbered.structure is null then keys.is_unsure else 0 end as is_unsure,
        coalesce(keys.outcome, 'none') as outcome,
        case
            when rules.roi_class in ('ANATOMY', 'UNKNOWN') and numbered.structure is not null
                then numbered.structure
            when families.structure is not null then null
            when rules.tells = 'structure' then coalesce(numbered.structure, keys.first_structure)
        end as structure,
        -- Where a lesion lies: its number is its own, never the site's.
        case
            when
                rules.tells = 'site'
                and keys.outcome in ('structure', 'layer', 'region', 'limb')
                then keys.first_structure
        end as site,
        case
            -- `L+R` is both; in `Lung L + R kidney` each side has its own organ.
            when
                strpos(shapes.all_sides, 'L') > 0
                and strpos(shapes.all_sides, 'R') > 0
                and strpos(rules.traits, ' sides_joined ') > 0
                then 'B'
            when
                strpos(shapes.word_sides || shapes.letter_sides, 'L') > 0
                and strpos(shapes.word_sides || shapes.letter_sides, 'R') > 0
                then 'LR'
            when strpos(shapes.word_sides || shapes.letter_sides, 'L') > 0 then 'L'
            when strpos(shapes.word_sides || shapes.letter_sides, 'R') > 0 then 'R'
            when shapes.language_sides != '' then shapes.language_sides
            when shapes.foreign_sides in ('L', 'R') then shapes.foreign_sides
            when rules.roi_class != 'TARGET' and numbered.structure is null
                then nullif(shapes.numbered_sides, '')
        end as stated_side
    from shapes
    inner join rules on shapes.ROIName = rules.ROIName
    left join keys on shapes.concept_key = keys.concept_key
    left join numbered on shapes.ROIName = numbered.ROIName
    left join unread on shapes.ROIName = unread.ROIName
    left join families
        on
            keys.first_structure = families.structure
            and numbered.structure is null
            and (
                unread.unread_words is not null
                or (unread.unread_numbers is not null and rules.roi_class = 'ANATOMY')
            )
),

-- The side of what the ROI is or, of a lesion, of where it lies.
located as (
    select
        read_names.*,
        coalesce(structure_sides.is_paired, false) as is_paired,
        coalesce(structure_sides.is_paired and structure_sides.plural_is_both, false)
            as needs_side,
        case
            when read_names.structure is null and read_names.site is null
                then case
                    when read_names.roi_class = 'TARGET' and read_names.stated_side in ('L', 'R')
                        then read_names.stated_side
                end
            when read_names.stated_side in ('L', 'R')
                then case
                    when
                        structure_sides.is_paired
                        or read_names.roi_class = 'TARGET'
                        or read_names.word_sides = read_names.stated_side
                        then read_names.stated_side
                end
            when
                (
                    read_names.stated_side = 'B'
                    or (
                        read_names.stated_side is null
                        and (read_names.names_both = 1 or read_names.names_plural = 1)
                    )
                )
                and structure_sides.plural_is_both
                then 'B'
        end as side
    from read_names
    left join structure_sides
        on coalesce(read_names.structure, read_names.site) = structure_sides.structure
),

sided as (
    select
        located.*,
        case
            when structure is not null or (roi_class = 'TARGET' and side in ('L', 'R')) then side
        end as laterality,
        case when site is not null or roi_class = 'TARGET' then side end as site_laterality
    from located
),

final as (
    select
        sided.ROIName,
        sided.token_text,
        sided.target_words,
        sided.helper_word,
        sided.operation,
        sided.second_structure,
        sided.structures,
        sided.outcome,
        sided.stated_side,
        sided.letter_sides || sided.word_sides
        || case when sided.names_beginning = 0 then sided.language_sides else '' end = ''
        and sided.side in ('L', 'R') as is_foreign_side,
        sided.word_sides,
        sided.is_paired,
        -- `Lung upper lobe left`: the lobe has its side in its name.
        sided.needs_side and side_forms.becomes is null as needs_side,
        sided.weakest_method,
        sided.longest_anatomy,
        sided.names_anatomy,
        sided.names_plural,
        sided.names_both,
        sided.is_both_by_letter,
        sided.names_relative_side,
        sided.has_position,
        sided.has_idle_anatomy,
        sided.is_by_letter,
        sided.is_unsure,
        sided.is_family,
        sided.traits,
        -- `Rfemur` is in TG-263 by its letters only: clinics that write so may mean the head.
        local_synonyms.name_key is not null
        or (
            exact_names.name_key is not null
            and (sided.is_unsure = 0 or spelled_names.spelling is not null)
        ) as is_whole,
        sided.unread_words,
        sided.unread_numbers,
        -- A side that the name states and the answer does not. Beside a target alone, the letter of
        -- a language that nothing else speaks of is none: `CTV60-P`.
        case
            when sided.side = 'B' then ''
            when
                sided.roi_class = 'TARGET'
                and sided.names_anatomy = 0
                and sided.word_sides || sided.letter_sides || sided.numbered_sides = ''
                then ''
            else replace(sided.sides, coalesce(sided.side, ''), '')
        end as untold_sides,
        case
            when local_synonyms.name_key is null and exact_names.name_key is null then sided.site
        end as site,
        case
            when local_synonyms.name_key is null and exact_names.name_key is null
                then sided.site_laterality
        end as site_laterality,
        case
            when local_synonyms.name_key is not null then local_synonyms.structure
            else coalesce(exact_names.structure, side_forms.becomes, sided.structure)
        end as structure,
        case
            when local_synonyms.name_key is not null then local_synonyms.laterality
            when exact_names.name_key is not null then exact_names.laterality
            when side_forms.becomes is null then sided.laterality
        end as laterality,
        coalesce(
            local_synonyms.roi_class,
            case when exact_names.name_key is not null then 'ANATOMY' end,
            sided.roi_class
        ) as roi_class,
        case
            when local_synonyms.name_key is not null then 'local.synonym'
            when exact_names.name_key is not null then 'tg263.exact'
            else sided.match_rule
        end as match_rule
    from sided
    left join side_forms
        on sided.structure = side_forms.structure and sided.laterality = side_forms.laterality
    left join spelled_names on sided.ROIName = spelled_names.spelling
    left join exact_names
        on
            {{ rtstruct.roi_name_key('sided.ROIName') }} = exact_names.name_key
            -- Three letters may be anybody's: SPC is no Spc.
            and (length(sided.ROIName) > 3 or spelled_names.spelling is not null)
            -- `Scapular` and `retinal` are adjectives, no sides.
            and not {{ rtstruct.regex_match(
                'sided.ROIName', '^[^A-Za-z]*([A-Za-z][a-z]*a[lr]|[A-Z]*A[LR])[^A-Za-z]*$'
            ) }}
    left join local_synonyms on lower(sided.ROIName) = local_synonyms.name_key
)

select * from final
