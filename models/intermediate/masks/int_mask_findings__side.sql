{#- Coordinates are the patient's own: x grows towards the left, prone or not. -#}
with masks as (
    select * from {{ ref('int_masks') }}
    where x_mm is not null
),

sided as (
    select
        conversion_id,
        structure_set_key,
        referenced_SeriesInstanceUID,
        ROINumber,
        structure,
        laterality,
        x_mm,
        case laterality when 'L' then 1 else -1 end as direction
    from masks
    where roi_class = 'ANATOMY' and laterality in ('L', 'R')
),

pairs as (
    select
        structure_set_key,
        referenced_SeriesInstanceUID,
        structure,
        avg(case when laterality = 'L' then x_mm end) as left_mm,
        avg(case when laterality = 'R' then x_mm end) as right_mm
    from sided
    group by structure_set_key, referenced_SeriesInstanceUID, structure
),

-- half way between the two of a pair is the middle, whichever of them has which name
marks as (
    select
        structure_set_key,
        referenced_SeriesInstanceUID,
        1 as rank_of_kind,
        x_mm
    from masks
    where roi_class = 'ANATOMY' and is_midline and coalesce(laterality, 'B') = 'B'

    union all

    select
        structure_set_key,
        referenced_SeriesInstanceUID,
        2 as rank_of_kind,
        (left_mm + right_mm) / 2 as x_mm
    from pairs
    where left_mm is not null and right_mm is not null

    union all

    select
        structure_set_key,
        referenced_SeriesInstanceUID,
        3 as rank_of_kind,
        x_mm
    from masks
    where roi_class = 'EXTERNAL'
),

kinds as (
    select
        structure_set_key,
        referenced_SeriesInstanceUID,
        rank_of_kind,
        avg(x_mm) as middle_mm,
        row_number() over (
            partition by structure_set_key, referenced_SeriesInstanceUID
            order by rank_of_kind
        ) as place
    from marks
    group by structure_set_key, referenced_SeriesInstanceUID, rank_of_kind
),

swapped as (
    select
        sided.conversion_id,
        sided.ROINumber,
        'sides_swapped' as finding_code,
        'the left one lies ' || cast(cast(round(pairs.right_mm - pairs.left_mm) as int64) as string)
        || ' mm to the right of the right one' as detail
    from sided
    inner join pairs
        on
            sided.structure_set_key = pairs.structure_set_key
            and coalesce(sided.referenced_SeriesInstanceUID, '')
            = coalesce(pairs.referenced_SeriesInstanceUID, '')
            and sided.structure = pairs.structure
    where pairs.left_mm < pairs.right_mm
),

contradicted as (
    select
        sided.conversion_id,
        sided.ROINumber,
        'side_contradicted' as finding_code,
        cast(cast(round(abs(sided.x_mm - kinds.middle_mm)) as int64) as string)
        || case sided.laterality when 'L' then ' mm to the right' else ' mm to the left' end
        || case kinds.rank_of_kind
            when 1 then ' of organs of the middle'
            when 2 then ' of the middle between paired organs'
            else ' of the middle of the body'
        end as detail
    from sided
    inner join kinds
        on
            sided.structure_set_key = kinds.structure_set_key
            and coalesce(sided.referenced_SeriesInstanceUID, '')
            = coalesce(kinds.referenced_SeriesInstanceUID, '')
            and kinds.place = 1
    left join swapped
        on
            sided.conversion_id = swapped.conversion_id
            and sided.ROINumber = swapped.ROINumber
    where
        swapped.ROINumber is null
        -- the outline of a body may be cut off on one side
        and (sided.x_mm - kinds.middle_mm) * sided.direction
        < case kinds.rank_of_kind when 3 then -20 else -10 end
),

final as (
    select * from swapped
    union all
    select * from contradicted
)

select * from final
