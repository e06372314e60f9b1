{{ config(materialized='table') }}

with registrations as (
    select * from {{ source_model('registrations') }}
),

structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

frames as (
    select * from {{ ref('int_structure_set_frames') }}
),

conversions as (
    select * from {{ ref('int_conversions') }}
),

image_series as (
    select * from {{ ref('int_image_series') }}
),

image_stacks as (
    select * from {{ ref('int_image_stacks') }}
),

-- an object ties its own frame of reference and all that it maps into it
tied_frames as (
    select
        SOPInstanceUID,
        coalesce(PatientID, '') as patient,
        FrameOfReferenceUID
    from registrations
    where FrameOfReferenceUID is not null

    union distinct

    select
        SOPInstanceUID,
        coalesce(PatientID, '') as patient,
        source_FrameOfReferenceUID as FrameOfReferenceUID
    from registrations
    where source_FrameOfReferenceUID is not null
),

ties as (
    select distinct
        tied_frames.patient,
        tied_frames.FrameOfReferenceUID,
        others.FrameOfReferenceUID as image_FrameOfReferenceUID
    from tied_frames
    inner join tied_frames as others
        on
            tied_frames.SOPInstanceUID = others.SOPInstanceUID
            and tied_frames.patient = others.patient
    where tied_frames.FrameOfReferenceUID <> others.FrameOfReferenceUID
),

-- only what has something to convert
drawn as (
    select distinct
        structure_set_key,
        roi_count,
        volume_roi_count,
        point_roi_count,
        unknown_roi_count
    from conversions
    where coalesce(reason_code, '') not in ('no_rois', 'no_contours', 'open_contours_only')
),

stack_counts as (
    select
        SeriesInstanceUID,
        count(*) as stack_count
    from image_stacks
    group by SeriesInstanceUID
),

tied as (
    select distinct
        structure_sets.structure_set_key,
        image_stacks.SeriesInstanceUID as referenced_SeriesInstanceUID,
        image_stacks.stack_number,
        stack_counts.stack_count,
        image_stacks.FrameOfReferenceUID
    from structure_sets
    inner join frames on structure_sets.structure_set_key = frames.structure_set_key
    inner join ties
        on
            coalesce(structure_sets.PatientID, '') = ties.patient
            and frames.FrameOfReferenceUID = ties.FrameOfReferenceUID
    inner join image_stacks
        on
            ties.image_FrameOfReferenceUID = image_stacks.FrameOfReferenceUID
            and ties.patient = coalesce(image_stacks.PatientID, '')
    inner join image_series on image_stacks.SeriesInstanceUID = image_series.SeriesInstanceUID
    inner join stack_counts on image_stacks.SeriesInstanceUID = stack_counts.SeriesInstanceUID
    where
        image_stacks.Modality in {{ quoted_list(var('volume_modalities')) }}
        and not image_stacks.is_localizer
        and image_series.is_placed
),

final as (
    select
        tied.structure_set_key,
        tied.referenced_SeriesInstanceUID,
        tied.stack_number,
        tied.stack_count,
        'registration' as evidence,
        case when tied.stack_count = 1 then 'only' else 'position' end as stack_evidence,
        cast(0 as int64) as contours_named,
        cast(0 as int64) as contours_elsewhere,
        cast(null as int64) as contours_unnamed,
        true as is_same_patient,
        drawn.roi_count,
        drawn.volume_roi_count,
        drawn.point_roi_count,
        drawn.unknown_roi_count,
        'frame_of_reference_mismatch' as reason_code
    from tied
    inner join drawn on tied.structure_set_key = drawn.structure_set_key
    -- in a frame of reference that the structure set names it is converted without
    left join frames
        on
            tied.structure_set_key = frames.structure_set_key
            and tied.FrameOfReferenceUID = frames.FrameOfReferenceUID
    left join conversions
        on
            tied.structure_set_key = conversions.structure_set_key
            and tied.referenced_SeriesInstanceUID = conversions.referenced_SeriesInstanceUID
            and tied.stack_number = conversions.stack_number
    where
        frames.structure_set_key is null
        and conversions.structure_set_key is null
)

select * from final
