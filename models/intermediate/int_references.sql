{{ config(materialized='table') }}

with structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

stated as (
    select * from {{ source_model('references') }}
    where SeriesInstanceUID is not null
),

referenced_series as (
    select * from {{ ref('int_referenced_series') }}
),

frames as (
    select * from {{ ref('int_structure_set_frames') }}
),

image_series as (
    select * from {{ ref('int_image_series') }}
),

-- 1. what the file names, and where the images that it names really are
named_series as (
    select distinct
        structure_set_key,
        SeriesInstanceUID
    from stated
),

instance_counts as (
    select
        structure_set_key,
        SeriesInstanceUID,
        cast(sum(referenced_instance_count) as int64) as referenced_instance_count,
        cast(sum(present_instance_count) as int64) as present_instance_count
    from referenced_series
    where SeriesInstanceUID is not null
    group by structure_set_key, SeriesInstanceUID
),

all_named as (
    select
        structure_set_key,
        SeriesInstanceUID
    from named_series

    union distinct

    select
        structure_set_key,
        SeriesInstanceUID
    from instance_counts
),

named as (
    select
        all_named.structure_set_key,
        all_named.SeriesInstanceUID,
        coalesce(instance_counts.referenced_instance_count, 0) as referenced_instance_count,
        coalesce(instance_counts.present_instance_count, 0) as present_instance_count,
        case
            when instance_counts.present_instance_count > 0 then 'sop'
            when image_series.SeriesInstanceUID is not null then 'series'
            else 'none'
        end as evidence
    from all_named
    left join instance_counts
        on
            all_named.structure_set_key = instance_counts.structure_set_key
            and all_named.SeriesInstanceUID = instance_counts.SeriesInstanceUID
    left join image_series on all_named.SeriesInstanceUID = image_series.SeriesInstanceUID
),

-- 2. only where nothing that is named is present: image series in the same frame of reference
resolved_keys as (
    select distinct structure_set_key
    from named
    where evidence <> 'none'
),

referenced_classes as (
    select distinct
        structure_set_key,
        ReferencedSOPClassUID
    from referenced_series
    where ReferencedSOPClassUID is not null
),

candidates as (
    select
        structure_sets.structure_set_key,
        image_series.SeriesInstanceUID,
        -- CT, MR and PET of a session share a frame of reference: the class of the images that
        -- were drawn on tells them apart, then the study
        case when referenced_classes.ReferencedSOPClassUID is not null then 2 else 0 end
        + case
            when structure_sets.StudyInstanceUID = image_series.StudyInstanceUID then 1 else 0
        end as likeness
    from structure_sets
    inner join frames on structure_sets.structure_set_key = frames.structure_set_key
    -- a frame of reference that two patients share is a mistake of whoever made them
    inner join image_series
        on
            frames.FrameOfReferenceUID = image_series.FrameOfReferenceUID
            and coalesce(structure_sets.PatientID, '') = coalesce(image_series.PatientID, '')
    left join resolved_keys on structure_sets.structure_set_key = resolved_keys.structure_set_key
    left join referenced_classes
        on
            structure_sets.structure_set_key = referenced_classes.structure_set_key
            and image_series.SOPClassUID = referenced_classes.ReferencedSOPClassUID
    where
        resolved_keys.structure_set_key is null
        and image_series.Modality in {{ quoted_list(var('volume_modalities')) }}
        and not image_series.is_localizer
),

ranked_candidates as (
    select
        *,
        max(likeness) over (partition by structure_set_key) as best_likeness
    from candidates
),

by_frame as (
    select distinct
        structure_set_key,
        SeriesInstanceUID,
        0 as referenced_instance_count,
        0 as present_instance_count,
        'frame_of_reference' as evidence
    from ranked_candidates
    where likeness = best_likeness
),

unioned as (
    select
        structure_set_key,
        SeriesInstanceUID,
        referenced_instance_count,
        present_instance_count,
        evidence
    from named

    union all

    select
        structure_set_key,
        SeriesInstanceUID,
        referenced_instance_count,
        present_instance_count,
        evidence
    from by_frame
),

final as (
    select
        structure_set_key,
        SeriesInstanceUID as referenced_SeriesInstanceUID,
        evidence,
        referenced_instance_count,
        present_instance_count,
        case evidence
            when 'sop' then 1
            when 'series' then 2
            when 'frame_of_reference' then 3
            else 4
        end as evidence_rank
    from unioned
)

select * from final
