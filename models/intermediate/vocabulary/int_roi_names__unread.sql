with concepts as (
    select
        ROIName,
        position,
        part,
        token,
        concept,
        role,
        is_optional
    from {{ ref('int_roi_names__concepts') }}
    where role != 'symbol'
),

shapes as (
    select
        ROIName,
        concept_key
    from {{ ref('int_roi_names__shapes') }}
),

keys as (
    select
        concept_key,
        covered
    from {{ ref('int_concept_keys__structures') }}
),

numbered as (
    select
        ROIName,
        label
    from {{ ref('int_roi_names__numbered') }}
),

-- A token may stand for several concepts: one that helps is enough.
parts as (
    select
        concepts.ROIName,
        concepts.position,
        concepts.part,
        min(concepts.token) as token,
        max(
            case
                when concepts.role in ('unknown', 'number', 'side') then 0
                when concepts.role in ('anatomy', 'position', 'hint')
                    then case
                        when strpos(keys.covered, ' ' || concepts.concept || ' ') > 0 then 1
                        when concepts.role != 'hint' and concepts.is_optional then 1
                        else 0
                    end
                else 1
            end
        ) as is_read,
        max(case when concepts.role = 'number' then 1 else 0 end) as is_number,
        max(case when concepts.role = 'side' then concepts.concept end) as side,
        max(
            case when strpos(numbered.label, concepts.token) > 0 then 1 else 0 end
        ) as is_label
    from concepts
    inner join shapes on concepts.ROIName = shapes.ROIName
    left join keys on shapes.concept_key = keys.concept_key
    left join numbered on concepts.ROIName = numbered.ROIName
    group by concepts.ROIName, concepts.position, concepts.part
),

final as (
    select
        ROIName,
        string_agg(
            case when side is null and is_number = 0 then token end, ' ' order by position, part
        ) as unread_words,
        string_agg(case when is_number = 1 then token end, ' ' order by position, part)
            as unread_numbers,
        max(case when side = 'left' then 'L' else '' end)
        || max(case when side = 'right' then 'R' else '' end) as sides
    from parts
    where is_read = 0 and is_label = 0
    group by ROIName
)

select * from final
