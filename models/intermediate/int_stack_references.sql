{{ config(materialized='table') }}

with resolved as (
    select * from {{ ref('int_references') }}
    where evidence <> 'none'
),

referenced_series as (
    select * from {{ ref('int_referenced_series') }}
),

stacks as (
    select * from {{ ref('int_image_stacks') }}
),

contours as (
    select * from {{ source_model('roi_contours') }}
),

named as (
    select
        structure_set_key,
        SeriesInstanceUID,
        stack_number,
        cast(sum(contours_named) as int64) as contours_named,
        cast(sum(listed_instance_count) as int64) as listed_instance_count
    from referenced_series
    where present_instance_count > 0
    group by structure_set_key, SeriesInstanceUID, stack_number
),

contour_counts as (
    select
        structure_set_key,
        cast(sum(contour_count) as int64) as contour_count
    from contours
    group by structure_set_key
),

-- every stack of the series that a structure set leads to; one row without where none is known
candidates as (
    select
        resolved.structure_set_key,
        resolved.referenced_SeriesInstanceUID,
        stacks.stack_number,
        resolved.evidence,
        resolved.evidence_rank,
        count(*) over (
            partition by resolved.structure_set_key, resolved.referenced_SeriesInstanceUID
        ) as stack_count,
        coalesce(stacks.is_localizer, false) as is_localizer,
        coalesce(named.contours_named, 0) as contours_named,
        coalesce(named.listed_instance_count, 0) as listed_instance_count
    from resolved
    left join stacks on resolved.referenced_SeriesInstanceUID = stacks.SeriesInstanceUID
    left join named
        on
            resolved.structure_set_key = named.structure_set_key
            and resolved.referenced_SeriesInstanceUID = named.SeriesInstanceUID
            and coalesce(stacks.stack_number, 0) = coalesce(named.stack_number, 0)
),

-- 1. a contour names its image, 2. the structure set lists it, 3. position decides
ranked as (
    select
        *,
        case
            when contours_named > 0 then 0
            when listed_instance_count > 0 then 1
            when evidence = 'sop' then 9
            when is_localizer then 9
            else evidence_rank
        end as stack_rank
    from candidates
),

compared as (
    select
        ranked.*,
        contour_counts.contour_count,
        min(ranked.stack_rank) over one_set as best_rank,
        cast(sum(ranked.contours_named) over one_set as int64) as contours_named_anywhere
    from ranked
    left join contour_counts on ranked.structure_set_key = contour_counts.structure_set_key
    window one_set as (partition by ranked.structure_set_key)
),

-- contours that name no image that is present go to the images that are listed
kept as (
    select *
    from compared
    where
        stack_rank = best_rank
        or (stack_rank = 1 and contour_count > contours_named_anywhere)
),

counted as (
    select
        *,
        count(*) over (
            partition by structure_set_key, referenced_SeriesInstanceUID
        ) as kept_stack_count
    from kept
),

final as (
    select
        structure_set_key,
        referenced_SeriesInstanceUID,
        stack_number,
        stack_count,
        evidence,
        case
            when contours_named > 0 then 'contours'
            when stack_count = 1 then 'only'
            when kept_stack_count = 1 then 'list'
            else 'position'
        end as stack_evidence,
        contours_named,
        contours_named_anywhere - contours_named as contours_elsewhere,
        contour_count - contours_named_anywhere as contours_unnamed
    from counted
)

select * from final
