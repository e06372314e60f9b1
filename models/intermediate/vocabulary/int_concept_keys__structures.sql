with keys as (
    select distinct concept_key
    from {{ ref('int_roi_names__shapes') }}
    where concept_key != ''
),

concepts as (
    select
        concept,
        role,
        is_optional,
        is_filler,
        is_often_a_letter
    from {{ ref('roi_concepts') }}
),

phrases as (
    select
        concepts,
        roi_class,
        structure,
        spelled_out
    from {{ ref('roi_phrases') }}
),

-- What a word of the user's own means is sure.
own_meanings as (
    select distinct concept
    from {{ ref('int_roi_words__lexicon') }}
    where is_own
),

unsure_phrases as (
    select concepts
    from {{ ref('roi_unsure_phrases') }}
    where concepts not in (select own_meanings.concept from own_meanings)
),

phrase_concepts as (
    select
        phrases.concepts as phrase,
        phrases.roi_class,
        phrases.structure,
        phrases.spelled_out,
        phrase_concept,
        array_length(split(phrases.concepts, ' ')) as concept_count
    from {{ rtstruct.unnested('phrases', phrase_concept="split(phrases.concepts, ' ')") }}
),

key_items as (
    select
        keys.concept_key,
        item_offset + 1 as position,
        item
    from {{ rtstruct.unnested('keys', item="split(keys.concept_key, ' ')", offset='item_offset') }}
),

-- A question mark is before what is only a letter: it may help a longer phrase, no more.
key_concepts as (
    select
        key_items.concept_key,
        concepts.concept,
        min(key_items.position) as position,
        min(
            case when key_items.item = concepts.concept then concepts.role else 'letter' end
        ) as role,
        max(case when key_items.item = concepts.concept then 1 else 0 end) as is_solid,
        max(
            case when concepts.is_optional or key_items.item != concepts.concept then 1 else 0 end
        ) as is_optional,
        max(
            case
                when
                    key_items.item = concepts.concept
                    and concepts.role = 'anatomy'
                    and concepts.is_optional
                    and not concepts.is_filler
                    then 1
                else 0
            end
        ) as says_more,
        min(
            case
                when key_items.item != concepts.concept and not concepts.is_often_a_letter then 1
                else 0
            end
        ) as is_guess
    from key_items
    inner join concepts on replace(key_items.item, '?', '') = concepts.concept
    group by key_items.concept_key, concepts.concept
),

-- A phrase is asked for by the concept that stands in the fewest phrases: `artery` is in a hundred.
concept_uses as (
    select
        phrase_concept,
        count(*) as phrase_count
    from phrase_concepts
    group by phrase_concept
),

rarest_concepts as (
    select
        phrase,
        phrase_concept
    from (
        select
            phrase_concepts.phrase,
            phrase_concepts.phrase_concept,
            row_number() over (
                partition by phrase_concepts.phrase
                order by concept_uses.phrase_count asc, phrase_concepts.phrase_concept asc
            ) as place
        from phrase_concepts
        inner join concept_uses
            on phrase_concepts.phrase_concept = concept_uses.phrase_concept
    ) as ranked
    where place = 1
),

candidates as (
    select
        key_concepts.concept_key,
        rarest_concepts.phrase
    from key_concepts
    inner join rarest_concepts on key_concepts.concept = rarest_concepts.phrase_concept
),

matches as (
    select
        key_concepts.concept_key,
        phrase_concepts.phrase,
        min(phrase_concepts.roi_class) as roi_class,
        min(phrase_concepts.structure) as structure,
        min(key_concepts.position) as position,
        min(key_concepts.is_optional) as is_optional,
        min(phrase_concepts.concept_count) as concept_count,
        sum(key_concepts.is_solid) as solid_count,
        max(key_concepts.is_guess) as is_by_letter
    from candidates
    inner join phrase_concepts on candidates.phrase = phrase_concepts.phrase
    inner join key_concepts
        on
            candidates.concept_key = key_concepts.concept_key
            and phrase_concepts.phrase_concept = key_concepts.concept
    group by key_concepts.concept_key, phrase_concepts.phrase
    having
        count(*) = min(phrase_concepts.concept_count)
        -- A letter makes no lobe of a lung: it is a side, a version or somebody's initial.
        and min(case when phrase_concepts.spelled_out then key_concepts.is_solid else 1 end) = 1
),

match_concepts as (
    select
        matches.concept_key,
        matches.phrase,
        matches.concept_count,
        matches.solid_count,
        key_concepts.concept,
        key_concepts.is_solid
    from matches
    inner join phrase_concepts on matches.phrase = phrase_concepts.phrase
    inner join key_concepts
        on
            matches.concept_key = key_concepts.concept_key
            and phrase_concepts.phrase_concept = key_concepts.concept
),

-- A phrase inside a longer one that matches too says nothing of its own: optic, in optic nerve.
inner_phrases as (
    select distinct
        concept_key,
        phrase
    from (
        select
            inside.concept_key,
            inside.phrase,
            around.phrase as longer
        from match_concepts as inside
        inner join match_concepts as around
            on
                inside.concept_key = around.concept_key
                and inside.concept = around.concept
        where
            inside.is_solid = 1
            and (
                inside.solid_count < around.solid_count
                or (
                    inside.solid_count = around.solid_count
                    and inside.concept_count < around.concept_count
                )
            )
        group by inside.concept_key, inside.phrase, around.phrase
        having count(*) = min(inside.solid_count)
    ) as contained
),

outer_phrases as (
    select
        matches.*,
        min(matches.is_optional) over (partition by matches.concept_key) as only_optional
    from matches
    left join inner_phrases
        on
            matches.concept_key = inner_phrases.concept_key
            and matches.phrase = inner_phrases.phrase
    where inner_phrases.phrase is null and matches.solid_count > 0
),

separators as (
    select
        concept_key,
        position
    from key_items
    where item = '='
),

-- Naming the whole beside its part adds nothing: `large bowel - rectum`, `eye lens`; unless a sign
-- parts them: `brain-brainstem`, `eyes and lens`.
wholes as (
    select distinct
        part_of.concept_key,
        whole.phrase
    from outer_phrases as part_of
    inner join {{ ref('roi_structure_parents') }} as parents
        on part_of.structure = parents.structure
    inner join outer_phrases as whole
        on part_of.concept_key = whole.concept_key and parents.parent = whole.structure
    left join separators
        on
            part_of.concept_key = separators.concept_key
            and separators.position > least(part_of.position, whole.position)
            and separators.position < greatest(part_of.position, whole.position)
    where separators.concept_key is null
),

-- Muscle, bone, body and the like only count where nothing else does.
chosen as (
    select outer_phrases.*
    from outer_phrases
    left join wholes
        on
            outer_phrases.concept_key = wholes.concept_key
            and outer_phrases.phrase = wholes.phrase
    where outer_phrases.is_optional = outer_phrases.only_optional and wholes.phrase is null
),

concept_cover as (
    select
        key_concepts.concept_key,
        key_concepts.concept,
        key_concepts.role,
        key_concepts.is_optional,
        key_concepts.says_more,
        count(distinct chosen.structure) as structures_here,
        count(chosen.phrase) + count(wholes.phrase) as phrases_here
    from key_concepts
    left join match_concepts
        on
            key_concepts.concept_key = match_concepts.concept_key
            and key_concepts.concept = match_concepts.concept
    left join chosen
        on
            match_concepts.concept_key = chosen.concept_key
            and match_concepts.phrase = chosen.phrase
    left join wholes
        on
            match_concepts.concept_key = wholes.concept_key
            and match_concepts.phrase = wholes.phrase
    group by
        key_concepts.concept_key,
        key_concepts.concept,
        key_concepts.role,
        key_concepts.is_optional,
        key_concepts.says_more
),

covers as (
    select
        concept_key,
        max(case when structures_here > 1 and is_optional = 0 then 1 else 0 end) as is_shared,
        max(case when phrases_here = 0 and is_optional = 0 then 1 else 0 end) as has_leftover,
        max(
            case when phrases_here = 0 and role = 'position' then 1 else 0 end
        ) as has_position,
        -- `Obturator internal`, read as a node: a word of the body says more than the reading
        max(case when phrases_here = 0 then says_more else 0 end) as has_idle_anatomy,
        max(
            case
                when phrases_here = 0 and says_more = 1 and concept in ('artery', 'nerve') then 1
                else 0
            end
        ) as has_idle_vessel,
        string_agg(
            case when phrases_here = 0 and is_optional = 0 then concept end, ' ' order by concept
        ) as leftovers,
        string_agg(case when phrases_here > 0 then concept end, ' ' order by concept) as covered
    from concept_cover
    group by concept_key
),

ordered as (
    select
        *,
        row_number() over (
            partition by concept_key
            order by position asc, concept_count desc, phrase asc
        ) as place
    from chosen
),

choices as (
    select
        concept_key,
        count(distinct structure) as structure_count,
        min(case when place = 1 then structure end) as first_structure,
        max(case when place = 1 then phrase end) as first_phrase,
        max(case when place = 1 then is_by_letter end) as is_by_letter,
        min(case when place > 1 then structure end) as second_structure,
        min(roi_class) as roi_class,
        max(case when roi_class = 'TARGET' then 1 else 0 end)
        * max(case when roi_class = 'ANATOMY' then 1 else 0 end) as has_place,
        string_agg(distinct structure, ' ' order by structure) as structures
    from ordered
    group by concept_key
),

final as (
    select
        keys.concept_key,
        case
            when choices.concept_key is null then 'none'
            -- `ext` or `body` beside other anatomy is a part of that, no outline: `Iliaca ext`.
            when
                choices.structure_count = 0
                and choices.first_phrase in ('external', 'internal', 'bodyword')
                and covers.has_leftover = 1
                then 'unclear'
            when choices.structure_count = 0 and choices.roi_class = 'EXTERNAL' then 'body'
            when choices.structure_count = 0 and choices.roi_class = 'TARGET' then 'lesion'
            when choices.structure_count = 0 then 'tissue'
            when choices.structure_count = 1 and covers.has_leftover = 1 then 'unclear'
            -- `Parotid bed`: a place in an organ, not the organ.
            when choices.structure_count = 1 and choices.has_place = 1 then 'unclear'
            -- `Femoral nerve`: a nerve or vessel there, not what the adjective alone names.
            when
                choices.structure_count = 1
                and covers.has_idle_vessel = 1
                and (
                    choices.first_structure like 'LN%'
                    or choices.first_phrase in ('femoral', 'temporal', 'brachial')
                )
                or (
                    choices.structures like 'GreatVes LN%'
                    and strpos(keys.concept_key, '=') = 0
                )
                then 'unclear'
            when choices.structure_count = 1 and choices.roi_class = 'REGION' then 'region'
            when choices.structure_count = 1 and choices.roi_class = 'LIMB' then 'limb'
            -- A bare distance is the thickness of a layer, no margin: `Chestwall_2cm`.
            when choices.structure_count = 1 and choices.roi_class = 'LAYER' then 'layer'
            when choices.structure_count = 1 then 'structure'
            when covers.is_shared = 1 then 'either'
            else 'several'
        end as outcome,
        choices.first_structure,
        choices.second_structure,
        choices.first_phrase,
        choices.structures,
        case when unsure_phrases.concepts is not null then 1 else 0 end as is_unsure,
        coalesce(covers.has_position, 0) as has_position,
        coalesce(covers.has_idle_anatomy, 0) as has_idle_anatomy,
        coalesce(choices.is_by_letter, 0) as is_by_letter,
        covers.leftovers,
        ' ' || coalesce(covers.covered, '') || ' ' as covered
    from keys
    left join covers on keys.concept_key = covers.concept_key
    left join choices on keys.concept_key = choices.concept_key
    left join unsure_phrases on choices.first_phrase = unsure_phrases.concepts
)

select * from final
