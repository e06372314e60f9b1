{{ config(materialized='table') }}

with shapes as (
    select *
    from {{ ref('int_roi_names__shapes') }}
),

rules as (
    select
        ROIName,
        match_rule,
        roi_class,
        operation,
        keeps_structure
    from {{ ref('int_roi_names__rules') }}
),

keys as (
    select
        concept_key,
        outcome,
        first_structure,
        second_structure,
        structures,
        has_position,
        leftovers
    from {{ ref('int_concept_keys__structures') }}
),

numbered as (
    select
        ROIName,
        structure
    from {{ ref('int_roi_names__numbered') }}
),

structure_sides as (
    select
        structure,
        is_paired,
        plural_is_both
    from {{ ref('roi_structures') }}
),

side_forms as (
    select
        structure,
        laterality,
        becomes
    from {{ ref('roi_side_forms') }}
),

tg263_names as (
    select
        structure,
        laterality,
        tg263_name,
        FMAID
    from {{ ref('tg263_names') }}
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

codes as (
    select *
    from {{ ref('roi_structure_codes') }}
),

role_codes as (
    select *
    from {{ ref('roi_role_codes') }}
),

side_codes as (
    select
        laterality,
        modifier_code,
        modifier_scheme,
        modifier_meaning
    from {{ ref('roi_side_codes') }}
),

-- A row of the template that nobody filled in says nothing.
local_synonyms as (
    select
        lower(rules_of_yours.ROIName) as name_key,
        min(coalesce(rules_of_yours.roi_class, 'ANATOMY')) as roi_class,
        min(rules_of_yours.structure) as structure,
        min(rules_of_yours.laterality) as laterality
    from {{ ref('roi_synonyms_local') }} as rules_of_yours
    where rules_of_yours.roi_class is not null or rules_of_yours.structure is not null
    group by lower(rules_of_yours.ROIName)
),

read_names as (
    select
        shapes.*,
        case
            when rules.roi_class = 'UNKNOWN' and numbered.structure is not null
                then 'anatomy.number'
            else rules.match_rule
        end as match_rule,
        case
            when rules.roi_class = 'UNKNOWN' and numbered.structure is not null then 'ANATOMY'
            else rules.roi_class
        end as roi_class,
        rules.operation,
        keys.second_structure,
        keys.structures,
        keys.has_position,
        coalesce(keys.outcome, 'n') as outcome,
        case
            when rules.roi_class in ('ANATOMY', 'UNKNOWN') and numbered.structure is not null
                then numbered.structure
            when rules.keeps_structure then coalesce(numbered.structure, keys.first_structure)
        end as structure,
        case
            when
                strpos(shapes.word_sides || shapes.letter_sides, 'L') > 0
                and strpos(shapes.word_sides || shapes.letter_sides, 'R') > 0
                then 'LR'
            when strpos(shapes.word_sides || shapes.letter_sides, 'L') > 0 then 'L'
            when strpos(shapes.word_sides || shapes.letter_sides, 'R') > 0 then 'R'
            when shapes.language_sides != '' then shapes.language_sides
            when rules.roi_class != 'TARGET' and numbered.structure is null
                then nullif(shapes.numbered_sides, '')
        end as stated_side
    from shapes
    inner join rules on shapes.ROIName = rules.ROIName
    left join keys on shapes.concept_key = keys.concept_key
    left join numbered on shapes.ROIName = numbered.ROIName
),

sided as (
    select
        read_names.*,
        coalesce(structure_sides.is_paired, false) as is_paired,
        case
            when read_names.roi_class = 'TARGET' and read_names.structure is null
                then case
                    when read_names.stated_side in ('L', 'R') then read_names.stated_side
                end
            when read_names.structure is null then null
            when read_names.stated_side in ('L', 'R')
                then case
                    when structure_sides.is_paired or read_names.word_sides = read_names.stated_side
                        then read_names.stated_side
                end
            when read_names.stated_side is not null then null
            when
                (read_names.names_both = 1 or read_names.names_plural = 1)
                and structure_sides.plural_is_both
                then 'B'
        end as laterality
    from read_names
    left join structure_sides on read_names.structure = structure_sides.structure
),

resolved as (
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
        sided.word_sides,
        sided.is_paired,
        sided.weakest_method,
        sided.has_unknown,
        sided.names_anatomy,
        {%- for language in rtstruct.roi_languages() %}
        sided.all_{{ language }},
        {%- endfor %}
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
    left join exact_names
        on {{ rtstruct.roi_name_key('sided.ROIName') }} = exact_names.name_key
    left join local_synonyms on lower(sided.ROIName) = local_synonyms.name_key
),

measured as (
    select
        resolved.*,
        case
            when roi_class in ('PRV', 'DERIVED', 'HELPER')
                then {{ rtstruct.roi_margin_mm('resolved.token_text') }}
        end as margin_mm,
        case
            when
                roi_class = 'HELPER'
                or (roi_class in ('TARGET', 'DERIVED') and target_words is not null)
                then {{ rtstruct.roi_dose_gy('resolved.token_text') }}
        end as dose_gy,
        case
            when roi_class != 'TARGET' then null
            when
                {{ rtstruct.regex_match(
                    'resolved.token_text', ' (gtv|ctv|ptv|itv|igtv|ictv|iptv|hrctv|irctv|ivtv) '
                ) }}
                then upper({{ rtstruct.regex_group(
                    'resolved.token_text', ' (gtv|ctv|ptv|itv|igtv|ictv|iptv|hrctv|irctv|ivtv) '
                ) }})
            when
                {{ rtstruct.regex_match('resolved.target_words', 'tumor|bed') }}
                or target_words is null
                then 'GTV'
        end as target_type,
        case
            when {{ rtstruct.regex_match(
                'resolved.token_text', 'tv [-]? ?(p|t|prim|primary|primaire|prim|tumor|tumour|prostate) '
            ) }} then 'p'
            when {{ rtstruct.regex_match(
                'resolved.token_text',
                '(tv|tv [-]? ?[0-9.]+( gy)?) (n|ln|lnx|lnn|node|nodes|nodal|nod|gg|lymph|lns) '
                ~ '|(ln|lns|node|nodes|nodal) [a-z0-9. ]*[gcp]tv '
            ) }} then 'n'
            when {{ rtstruct.regex_match('resolved.token_text', 'tv (m|sb|par|v|vas) ') }}
                then {{ rtstruct.regex_group('resolved.token_text', 'tv (m|sb|par|v|vas) ') }}
        end as target_part,
        {{ rtstruct.safe_int(rtstruct.regex_group(
            'resolved.token_text',
            '(?:tv|tv [-]? ?[a-z]+|tumor|lesion|met) (?:[-] )?(0?[1-9]|1[0-9]) (?:$|[^g]|gtv)'
        )) }} as target_index,
        {{ rtstruct.safe_int(rtstruct.regex_group('resolved.token_text', ' - ([0-9]{1,2}) ')) }}
            as lesion_index
    from resolved
),

coded as (
    select
        measured.*,
        tg263_names.tg263_name as plain_tg263_name,
        coalesce(tg263_names.FMAID, unsided.FMAID) as fma_id,
        role_codes.category_code as role_category_code,
        role_codes.category_scheme as role_category_scheme,
        role_codes.category_meaning as role_category_meaning,
        role_codes.type_code as role_type_code,
        role_codes.type_scheme as role_type_scheme,
        role_codes.type_meaning as role_type_meaning,
        codes.type_code,
        codes.type_meaning,
        codes.in_dicom_cid as type_in_dicom_cid,
        side_codes.modifier_code,
        side_codes.modifier_scheme,
        side_codes.modifier_meaning
    from measured
    left join tg263_names
        on
            measured.structure = tg263_names.structure
            and coalesce(measured.laterality, '') = coalesce(tg263_names.laterality, '')
    left join tg263_names as unsided
        on measured.structure = unsided.structure and unsided.laterality is null
    left join codes on measured.structure = codes.structure
    left join role_codes
        on
            measured.roi_class = role_codes.roi_class
            and coalesce(
                case
                    when measured.roi_class = 'TARGET'
                        then measured.target_type || case
                            when measured.target_part in ('p', 'n')
                                then measured.target_part
                            else ''
                        end
                    else measured.helper_word
                end, ''
            ) = coalesce(role_codes.kind, '')
    left join side_codes on measured.laterality = side_codes.laterality
),

final as (
    select
        ROIName,
        roi_class,
        structure,
        laterality,
        case
            when structure is null or roi_class = 'TARGET' or roi_class = 'HELPER' then null
            when roi_class = 'ANATOMY' then plain_tg263_name
            when roi_class = 'PRV' and plain_tg263_name is not null
                then structure || '_PRV' || case
                    when margin_mm is not null and margin_mm = round(margin_mm)
                        then lpad(
                            cast(
                                cast(margin_mm as {{ dbt.type_int() }}) as {{ dbt.type_string() }}
                            ), 2, '0'
                        )
                    else ''
                end || coalesce('_' || nullif(laterality, 'B'), '')
            when roi_class = 'DERIVED' and operation = 'minus' and target_words is not null
                then
                    plain_tg263_name || '-'
                    || upper({{ rtstruct.array_item("split(target_words, ' ')", 0) }})
        end as tg263_name,
        target_type,
        case when roi_class = 'TARGET' then target_part end as target_part,
        case
            when roi_class != 'TARGET' then null
            when target_words is null then coalesce(lesion_index, target_index)
            else target_index
        end as target_index,
        dose_gy,
        margin_mm,
        operation,
        case
            when roi_class = 'DERIVED' and target_words is not null
                then upper({{ rtstruct.array_item("split(target_words, ' ')", 0) }})
            when match_rule = 'derived.minus_organ' then second_structure
        end as operand,
        case
            when roi_class in ('UNKNOWN') or names_anatomy = 0 then null
            {%- for language in rtstruct.roi_languages() %}
            when all_{{ language }} = 1 then '{{ language }}'
            {%- endfor %}
        end as language,
        match_rule,
        case
            when match_rule in ('local.synonym', 'tg263.exact') then 'A'
            when roi_class = 'UNKNOWN' or outcome in ('l', 'b') then 'D'
            when weakest_method = 4 then 'D'
            when weakest_method = 3 or has_unknown = 1 then 'C'
            when weakest_method = 2 then 'B'
            else 'A'
        end as confidence,
        case
            when structure is null and outcome in ('l', 'b', 'r', 's', 'm') then structures
        end as candidates,
        case
            when roi_class in ('ANATOMY', 'DERIVED') and structure is not null then '91723000'
            else role_category_code
        end as property_category_code,
        case
            when roi_class in ('ANATOMY', 'DERIVED') and structure is not null then 'SCT'
            else role_category_scheme
        end as property_category_scheme,
        case
            when roi_class in ('ANATOMY', 'DERIVED') and structure is not null
                then 'Anatomical Structure'
            else role_category_meaning
        end as property_category_meaning,
        case
            when roi_class in ('ANATOMY', 'DERIVED') then type_code
            else role_type_code
        end as property_type_code,
        case
            when roi_class in ('ANATOMY', 'DERIVED') and type_code is not null then 'SCT'
            when roi_class not in ('ANATOMY', 'DERIVED') then role_type_scheme
        end as property_type_scheme,
        case
            when roi_class in ('ANATOMY', 'DERIVED') then type_meaning
            else role_type_meaning
        end as property_type_meaning,
        modifier_code,
        modifier_scheme,
        modifier_meaning,
        case
            when roi_class in ('ANATOMY', 'DERIVED') then type_in_dicom_cid
            when role_type_code is not null then true
        end as in_dicom_cid,
        fma_id as FMAID,
        case
            when structure is null then null
            when stated_side = 'LR' then 'the name states both sides'
            when word_sides in ('L', 'R') and not is_paired then 'the structure has no sides'
        end as conflict
    from coded
)

select * from final
