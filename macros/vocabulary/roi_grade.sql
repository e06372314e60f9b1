{#- How sure a reading is: A, a promise; B, nearly; C and D, guesses that are on the review list. For rows of
    int_roi_names__facets, judged. -#}
{% macro roi_grade() -%}
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
end
{%- endmacro %}
