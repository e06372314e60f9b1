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
        case
            when is_whole then 'A'
            when
                roi_class = 'UNKNOWN'
                or outcome in ('unclear', 'either')
                or weakest_method = 4
                or match_rule in ('anatomy.family', 'derived.unread')
                then 'D'
            -- `Liver-5mm`: cut back, or a margin behind a hyphen?
            when conflict is not null or weakest_method = 3 or match_rule = 'derived.shrunk' then 'C'
            -- `Parotid`: the left one, the right one or both? TG-263 has no name for that, as
            -- it has for a thyroid or a lens.
            when
                roi_class in ('ANATOMY', 'PRV', 'DERIVED')
                and structure is not null
                and needs_side
                and laterality is null
                and names_plural = 0
                and names_both = 0
                -- The other side than which one? No reviewer can tell either.
                and names_relative_side = 0
                then 'C'
            -- `Breast PTV` is either, as long as nothing says which. Lesions and nodes are targets
            -- wherever they are named.
            when
                match_rule = 'target.word'
                and strpos(traits, ' anatomy_before_target ') > 0
                and not {{ rtstruct.regex_match(
                    'target_words', '(^| )(' ~ rtstruct.roi_target_words('alone') ~ ')( |$)'
                ) }}
                and coalesce(site, '') not like 'LN%'
                then 'C'
            -- Beside a target or a helper, a word that was not understood only says which one,
            -- unless there is an organ or an operation that it may belong to.
            when
                unread is not null
                and match_rule in ('target.word', 'helper.word')
                and names_anatomy = 0
                and strpos(traits, ' target_or_helper_alone ') > 0
                then 'B'
            when unread is not null then 'C'
            -- `Hip`: the joint, the bone or the head of the femur? `Nodes`: which ones?
            when structure is not null and is_unsure = 1 then 'C'
            when structure is not null and has_idle_anatomy = 1 then 'C'
            -- `ChiasmeOpt`: the optic chiasm, or one to optimise?
            when
                match_rule = 'derived.opt'
                and {{ rtstruct.regex_match('token_text', ' chiasm[aes]* opt ') }}
                then 'C'
            -- `LN_Ax1`: the level, or the first node? `LN_4R`: a level of the neck, or a station?
            when
                roi_class in ('ANATOMY', 'PRV', 'DERIVED')
                and {{ rtstruct.regex_match(
                    'token_text', ' (lns?|nodes?) ax[a-z]* [0-9] | (lns?|nodes?) [0-9]+ [lr] $'
                ) }}
                and {{ rtstruct.regex_match('ROIName', '[A-Za-z][0-9]|[0-9][LRlr]') }}
                then 'C'
            -- `Targets + 1cm`, `NS_PTV_ex`: grown, or marked as no structure, it may help planning.
            when
                roi_class = 'TARGET'
                and {{ rtstruct.regex_match('token_text', '^ ns |[+] [0-9.]+ (mm|cm) $') }}
                then 'C'
            -- `R lensOPT`: a word glued to the end may be one clinic's mark.
            when
                match_rule = 'derived.opt'
                and {{ rtstruct.regex_match('ROIName', '[a-z]OPT') }}
                then 'C'
            -- `Lenses PRV`: both, or the two of them one by one?
            when
                roi_class in ('PRV', 'DERIVED')
                and is_paired
                and laterality is null
                and names_plural = 1
                then 'C'
            -- `HT_AUTO`: two letters, and nothing that says more.
            when
                roi_class = 'ANATOMY'
                and longest_anatomy <= 2
                and laterality is null
                and strpos(traits, ' anatomy_alone ') > 0
                then 'C'
            -- `Pitu-aire`, `HS`: a helper by a part of a word, or by two letters.
            when
                roi_class = 'HELPER'
                and (
                    (names_anatomy = 1 and weakest_method = 2)
                    or {{ rtstruct.regex_match('token_text', '^ [a-z]{1,2} $') }}
                )
                then 'C'
            -- The letter before `rPTV` may be no side.
            when
                roi_class = 'TARGET'
                and laterality is not null
                and {{ rtstruct.regex_match('ROIName', '^[^A-Za-z]*[lr][A-Z]*TV') }}
                then 'C'
            -- `Cervix+Uterus`: what a sign parts may be two.
            when roi_class = 'ANATOMY' and strpos(traits, ' organs_joined ') > 0 then 'C'
            -- `Contour 7`, one of many; `Body1` is the body.
            when roi_class = 'EXTERNAL' and {{ rtstruct.regex_match('token_text', 'nt.*[0-9]') }}
                then 'C'
            -- `Baseline`: a visit, and nothing that lies there.
            when match_rule = 'annotation.lesion' and names_anatomy = 0 then 'C'
            -- `SpinalCord05`: a margin that nobody calls one?
            when
                roi_class = 'ANATOMY'
                and {{ rtstruct.regex_match('token_text', '[a-z] 0[35] $') }}
                and match_rule = 'anatomy.words'
                then 'C'
            -- `PB`, `T5`: two letters or a letter and a number, and nothing that says more.
            when
                roi_class = 'ANATOMY'
                and (
                    {{ rtstruct.regex_match('token_text', '^ ([a-z]{1,2}|[tld] [0-9]+) $') }}
                    or {{ rtstruct.regex_match('ROIName', '^[^A-Za-z]*[A-Za-z]{1,2}[^A-Za-z]*$') }}
                )
                then 'C'
            -- What is sorted to the end of a list is often a helper.
            when
                roi_class = 'ANATOMY'
                and has_position = 1
                and {{ rtstruct.regex_match('token_text', '^ z+ ') }}
                then 'C'
            -- Two organs without a sign between them may be one that we do not know.
            when roi_class = 'COMPOSITE'
                then case when strpos(traits, ' has_sign ') > 0 then 'B' else 'C' end
            when
                weakest_method = 2
                or has_position = 1
                or names_relative_side = 1
                or is_foreign_side
                or (roi_class = 'ANATOMY' and {{ rtstruct.regex_match('token_text', '^ z+ ') }})
                or (roi_class = 'TARGET' and laterality is not null and word_sides = '')
                -- C3, PB, LV: other clinics may mean something else.
                or match_rule = 'anatomy.number'
                or longest_anatomy <= 2
                or is_by_letter = 1
                -- FHL: an organ and its side in three letters.
                or (
                    laterality in ('L', 'R')
                    and {{ rtstruct.regex_match('ROIName', '^[^A-Za-z]*[A-Za-z]{3}[^A-Za-z]*$') }}
                )
                -- A target or helper beside an organ or an operation may be what is left of either.
                or (roi_class in ('TARGET', 'HELPER') and names_anatomy = 1)
                or (roi_class = 'TARGET' and strpos(traits, ' is_changed ') > 0)
                then 'B'
            else 'A'
        end as confidence
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
