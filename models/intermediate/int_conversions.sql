{{ config(materialized='table') }}

with structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

rois as (
    select * from {{ ref('int_rois') }}
),

resolved as (
    select * from {{ ref('int_references') }}
),

frames as (
    select * from {{ ref('int_structure_set_frames') }}
),

stack_references as (
    select * from {{ ref('int_stack_references') }}
),

image_series as (
    select * from {{ ref('int_image_series') }}
),

image_stacks as (
    select * from {{ ref('int_image_stacks') }}
),

roi_counts as (
    select
        structure_set_key,
        count(*) as roi_count,
        count(case when geometry_class = 'volume' then 1 end) as volume_roi_count,
        count(case when geometry_class = 'points' then 1 end) as point_roi_count,
        count(case when geometry_class = 'unknown' then 1 end) as unknown_roi_count,
        sum(contour_count) as contour_count
    from rois
    group by structure_set_key
),

named as (
    select distinct structure_set_key
    from resolved
),

known_frames as (
    select distinct structure_set_key
    from frames
),

paired as (
    select
        structure_sets.structure_set_key,
        stack_references.referenced_SeriesInstanceUID,
        stack_references.stack_number,
        stack_references.stack_count,
        stack_references.stack_evidence,
        stack_references.contours_named,
        stack_references.contours_elsewhere,
        stack_references.contours_unnamed,
        coalesce(stack_references.evidence, 'none') as evidence,
        structure_sets.contours_known,
        structure_sets.rois_known,
        structure_sets.stated_roi_count,
        named.structure_set_key is not null as names_a_series,
        known_frames.structure_set_key is null
        or coalesce(image_stacks.FrameOfReferenceUID, image_series.FrameOfReferenceUID) is null
        or frames.FrameOfReferenceUID is not null as is_same_frame,
        coalesce(image_series.is_placed, true) as is_placed,
        coalesce(
            structure_sets.PatientID
            = coalesce(image_stacks.PatientID, image_series.PatientID), true
        ) as is_same_patient
    from structure_sets
    left join stack_references
        on structure_sets.structure_set_key = stack_references.structure_set_key
    left join image_series
        on stack_references.referenced_SeriesInstanceUID = image_series.SeriesInstanceUID
    left join image_stacks
        on
            stack_references.referenced_SeriesInstanceUID = image_stacks.SeriesInstanceUID
            and stack_references.stack_number = image_stacks.stack_number
    left join frames
        on
            structure_sets.structure_set_key = frames.structure_set_key
            and coalesce(image_stacks.FrameOfReferenceUID, image_series.FrameOfReferenceUID)
            = frames.FrameOfReferenceUID
    left join known_frames
        on structure_sets.structure_set_key = known_frames.structure_set_key
    left join named on structure_sets.structure_set_key = named.structure_set_key
),

final as (
    select
        paired.structure_set_key,
        paired.referenced_SeriesInstanceUID,
        paired.stack_number,
        paired.stack_count,
        paired.evidence,
        paired.stack_evidence,
        paired.contours_named,
        paired.contours_elsewhere,
        paired.contours_unnamed,
        paired.is_same_patient,
        case
            when paired.rois_known
                then coalesce(paired.stated_roi_count, roi_counts.roi_count, 0)
        end as roi_count,
        -- known for all ROIs or not told
        case when roi_counts.unknown_roi_count = 0 then roi_counts.volume_roi_count end
            as volume_roi_count,
        case when roi_counts.unknown_roi_count = 0 then roi_counts.point_roi_count end
            as point_roi_count,
        roi_counts.unknown_roi_count,
        case
            when
                paired.rois_known
                and coalesce(paired.stated_roi_count, roi_counts.roi_count, 0) = 0
                then 'no_rois'
            when paired.contours_known and coalesce(roi_counts.contour_count, 0) = 0
                then 'no_contours'
            when
                paired.contours_known
                and roi_counts.volume_roi_count + roi_counts.point_roi_count = 0
                then 'open_contours_only'
            when paired.referenced_SeriesInstanceUID is null and not paired.rois_known
                then 'reference_unknown'
            when paired.referenced_SeriesInstanceUID is null and not paired.names_a_series
                then 'no_reference'
            when paired.referenced_SeriesInstanceUID is null then 'image_absent'
            -- where the very images are named, only the name of the patient was changed
            when not paired.is_same_patient and paired.evidence <> 'sop' then 'patient_mismatch'
            when not paired.is_placed then 'image_not_placed'
            -- last, as --any-frame-of-reference takes this reason away, and no other
            when not paired.is_same_frame then 'frame_of_reference_mismatch'
        end as reason_code
    from paired
    left join roi_counts on paired.structure_set_key = roi_counts.structure_set_key
)

select * from final
