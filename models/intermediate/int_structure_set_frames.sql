with stated as (
    select * from {{ source_model('references') }}
),

rois as (
    select * from {{ ref('int_rois') }}
),

structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

frames as (
    select
        structure_set_key,
        FrameOfReferenceUID
    from stated

    union all

    select
        structure_set_key,
        ReferencedFrameOfReferenceUID as FrameOfReferenceUID
    from rois

    union all

    select
        structure_set_key,
        FrameOfReferenceUID
    from structure_sets
),

final as (
    select distinct
        structure_set_key,
        FrameOfReferenceUID
    from frames
    where FrameOfReferenceUID is not null
)

select * from final
