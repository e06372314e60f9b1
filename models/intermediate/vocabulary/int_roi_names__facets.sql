with resolved as (
    select *
    from {{ ref('int_roi_names__readings') }}
),

languages as (
    select
        ROIName,
        language
    from {{ ref('int_roi_names__languages') }}
),

tg263_names as (
    select
        structure,
        laterality,
        tg263_name,
        FMAID
    from {{ ref('tg263_names') }}
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

vocabulary as (
    select max(vocabulary_version) as vocabulary_version
    from {{ ref('vocabulary_versions') }}
),

-- What was not understood, and what therefore is no promise.
judged as (
    select
        resolved.*,
        case when not is_whole then unread_words end as unread,
        case
            when is_whole or (structure is null and site is null and roi_class != 'TARGET')
                then null
            when stated_side = 'LR' then 'the name states both sides'
            when
                structure is not null
                and not is_paired
                and (word_sides in ('L', 'R') or is_both_by_letter = 1)
                then 'the structure has no sides'
            when untold_sides != '' then 'a side is stated, but not told'
        end as conflict
    from resolved
),

graded as (
    select
        judged.*,
        {{ rtstruct.roi_grade() }} as confidence
    from judged
),

measured as (
    select
        graded.*,
        case
            when roi_class in ('PRV', 'DERIVED', 'HELPER')
                then {{ rtstruct.roi_margin_mm('graded.token_text') }}
        end as margin_mm,
        case
            when
                roi_class = 'HELPER'
                or (roi_class in ('TARGET', 'DERIVED') and target_words is not null)
                then {{ rtstruct.roi_dose_gy('graded.token_text') }}
        end as dose_gy,
        case
            when roi_class != 'TARGET' then null
            when
                {{ rtstruct.regex_match(
                    'graded.token_text', ' (' ~ rtstruct.roi_target_words('type') ~ ') '
                ) }}
                then upper({{ rtstruct.regex_group(
                    'graded.token_text', ' (' ~ rtstruct.roi_target_words('type') ~ ') '
                ) }})
            when
                {{ rtstruct.regex_match(
                    'graded.target_words',
                    '(^| )(' ~ rtstruct.roi_target_words('type_by_concept') ~ ')( |$)'
                ) }}
                or target_words is null
                then 'GTV'
        end as target_type,
        case
            when {{ rtstruct.regex_match(
                'graded.token_text', 'tv [-]? ?(' ~ rtstruct.roi_target_words('part', 'p') ~ ') '
            ) }} then 'p'
            when {{ rtstruct.regex_match(
                'graded.token_text',
                '(tv|tv [-]? ?[0-9.]+( gy)?) (' ~ rtstruct.roi_target_words('part', 'n') ~ ') |('
                ~ rtstruct.roi_target_words('part_before', 'n') ~ ') [a-z0-9. ]*[gcp]tv '
            ) }} then 'n'
            else {{ rtstruct.regex_group(
                'graded.token_text', 'tv (' ~ rtstruct.roi_target_words('part') ~ ') '
            ) }}
        end as target_part,
        {{ rtstruct.safe_int(rtstruct.regex_group(
            'graded.token_text',
            '(?:tv|tv [-]? ?[a-z]+|' ~ rtstruct.roi_target_words('numbered')
            ~ ') (?:[-] )?(0?[1-9]|1[0-9]) (?:$|[^g]|gtv)'
        )) }} as target_index,
        {{ rtstruct.safe_int(rtstruct.regex_group('graded.token_text', ' - ([0-9]{1,2}) ')) }}
            as lesion_index
    from graded
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
        site_codes.type_code as site_code,
        site_codes.type_meaning as site_meaning,
        site_names.FMAID as site_fma_id,
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
    left join codes as site_codes on measured.site = site_codes.structure
    left join tg263_names as site_names
        on
            measured.site = site_names.structure
            and coalesce(measured.site_laterality, '') = coalesce(site_names.laterality, '')
    left join role_codes
        on
            measured.roi_class = role_codes.roi_class
            -- Anatomy that is not known which has no code.
            and (measured.structure is not null or measured.roi_class not in ('ANATOMY', 'DERIVED'))
            and coalesce(
                case
                    when measured.roi_class = 'TARGET'
                        then measured.target_type || case
                            when measured.target_part in ('p', 'n')
                                then measured.target_part
                            else ''
                        end
                    when measured.roi_class = 'HELPER' then measured.helper_word
                end, ''
            ) = coalesce(role_codes.kind, '')
    left join side_codes
        on coalesce(measured.laterality, measured.site_laterality) = side_codes.laterality
),

final as (
    select
        coded.ROIName,
        roi_class,
        structure,
        laterality,
        site,
        site_laterality,
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
        coalesce(
            operation,
            case when match_rule = 'anatomy.words' and has_position = 1 then 'partial' end
        ) as operation,
        case
            when roi_class = 'DERIVED' and target_words is not null
                then upper({{ rtstruct.array_item("split(target_words, ' ')", 0) }})
            when match_rule = 'derived.minus_organ' then second_structure
        end as operand,
        case when roi_class != 'UNKNOWN' and names_anatomy = 1 then languages.language end
            as language,
        match_rule,
        confidence,
        case
            when
                structure is null
                and (
                    outcome in ('unclear', 'either', 'region', 'limb', 'several')
                    or is_family
                )
                then structures
        end as candidates,
        unread,
        role_category_code as property_category_code,
        role_category_scheme as property_category_scheme,
        role_category_meaning as property_category_meaning,
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
        coalesce(site_code, case when site is not null then site_fma_id end) as site_code,
        case
            when site_code is not null then 'SCT'
            when site is not null and site_fma_id is not null then 'FMA'
        end as site_scheme,
        coalesce(site_meaning, case when site_fma_id is not null then site end) as site_meaning,
        case
            when roi_class in ('ANATOMY', 'DERIVED') then type_in_dicom_cid
            when role_type_code is not null then true
        end as in_dicom_cid,
        fma_id as FMAID,
        conflict,
        vocabulary.vocabulary_version
    from coded
    cross join vocabulary
    left join languages on coded.ROIName = languages.ROIName
)

select * from final
