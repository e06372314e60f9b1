with shapes as (
    select
        ROIName,
        concept_key,
        token_text
    from {{ ref('int_roi_names__shapes') }}
),

structures as (
    select
        concept_key,
        first_structure
    from {{ ref('int_concept_keys__structures') }}
    where outcome in ('structure', 'unclear', 'layer')
),

numbered as (
    select
        structure,
        label,
        becomes
    from {{ ref('roi_numbered_structures') }}
),

-- A vertebra may be named by its number alone: C3, L5.
candidates as (
    select
        shapes.ROIName,
        case
            when
                {{ rtstruct.regex_match(
                    'shapes.concept_key', '^(node )?station( node)?( [?][a-z]+)*$'
                ) }}
                then 'LN station'
            -- Neck levels, where only a level, or a node with a side, is named: Level_2, LN_4A_L.
            when
                {{ rtstruct.regex_match('shapes.concept_key', '^level( [?][a-z]+)*$') }}
                or (
                    structures.first_structure = 'LN'
                    and (
                        {{ rtstruct.regex_match('shapes.concept_key', 'level') }}
                        or {{ rtstruct.regex_match(
                            'shapes.token_text', ' ln [0-9]+ ([abc]+ ?[lr]?|[lr]) '
                        ) }}
                    )
                )
                then 'LN_Neck'
            when structures.first_structure is not null then structures.first_structure
            when {{ rtstruct.regex_match('shapes.token_text', '^ [ctld] 0?[0-9]{1,2} $') }}
                then 'VB alone'
        end as structure,
        {{ rtstruct.regex_replace(
            'shapes.token_text', ' (prv|[+]|exp|ptv) [0-9.]+( (mm|cm))?|[0-9.]+ (mm|cm|gy|cgy)', ' '
        ) }} as token_text
    from shapes
    left join structures on shapes.concept_key = structures.concept_key
),

relevant as (
    select
        candidates.ROIName,
        candidates.structure,
        split(candidates.token_text, ' ') as tokens
    from candidates
    where candidates.structure in (select numbered.structure from numbered)
),

words as (
    select
        relevant.ROIName,
        relevant.structure,
        word_offset + 1 as position,
        label_word
    from {{ rtstruct.unnested('relevant', label_word='relevant.tokens', offset='word_offset') }}
    where label_word != ''
),

labels as (
    select
        ROIName,
        structure,
        label_word as label
    from words
    union distinct
    select
        ROIName,
        structure,
        lag(label_word) over (partition by ROIName order by position) || label_word as label
    from words
),

-- The longest label that is known wins: iia over ii.
known_labels as (
    select
        labels.ROIName,
        numbered.becomes,
        labels.label,
        length(labels.label) as letters,
        max(length(labels.label)) over (partition by labels.ROIName) as most_letters
    from labels
    inner join numbered on labels.structure = numbered.structure and labels.label = numbered.label
),

final as (
    select
        ROIName,
        min(becomes) as structure,
        min(label) as label
    from known_labels
    where letters = most_letters
    group by ROIName
    having count(distinct becomes) = 1
)

select * from final
