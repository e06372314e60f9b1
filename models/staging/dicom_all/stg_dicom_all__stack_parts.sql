{{ config(materialized='table') }}

with parts as (
    select * from {{ ref('stg_dicom_all__separated_thrice') }}
),

-- where nothing separates them: the first, second, ... image at each position
copies as (
    select
        *,
        row_number() over (
            partition by SeriesInstanceUID, part, position
            order by
                coalesce(TriggerTime, -1), coalesce(InstanceNumber, -1), SOPInstanceUID
        ) as copy
    from parts
),

counted as (
    select
        *,
        max(copy) over (partition by SeriesInstanceUID, part) as most_copies,
        dense_rank() over (partition by SeriesInstanceUID order by part, copy) as piece
    from copies
),

-- numbered as they were acquired, localizers last
begun as (
    select
        *,
        max(case when is_localizer then 1 else 0 end) over one_piece as piece_is_localizer,
        min(coalesce(InstanceNumber, 0)) over one_piece as first_number,
        min(SOPInstanceUID) over one_piece as first_uid
    from counted
    window one_piece as (partition by SeriesInstanceUID, piece)
),

final as (
    select
        SeriesInstanceUID,
        SOPInstanceUID,
        position_mm,
        dense_rank() over (
            partition by SeriesInstanceUID
            order by piece_is_localizer, first_number, first_uid
        ) as stack_number,
        nullif(
            substr(
                separated_by || case when most_copies > 1 then ',order of acquisition' else '' end,
                2
            ),
            ''
        ) as separated_by
    from begun
)

select * from final
