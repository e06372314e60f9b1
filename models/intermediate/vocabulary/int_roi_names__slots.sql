with concepts as (
    select
        ROIName,
        position,
        part,
        token,
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
        concepts.ROIName,
        concepts.position,
        concepts.part,
        concepts.token,
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

final as (
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
)

select * from final
