{{ config(materialized='table') }}

with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

lone_slices as (
    select * from {{ ref('stg_dicom_all__lone_slices') }}
),

frames as (
    select
        instances.SOPInstanceUID as structure_set_key,
        frame.FrameOfReferenceUID,
        frame.RTReferencedStudySequence
    from {{ unnested('instances', frame='instances.ReferencedFrameOfReferenceSequence') }}
),

named as (
    select
        frames.structure_set_key,
        frames.FrameOfReferenceUID,
        nullif(series.SeriesInstanceUID, '') as SeriesInstanceUID
    from {{ unnested(
        'frames',
        study='frames.RTReferencedStudySequence',
        series='study.RTReferencedSeriesSequence',
    ) }}
),

final as (
    select
        structure_set_key,
        FrameOfReferenceUID,
        cast(null as string) as SeriesInstanceUID
    from frames

    union distinct

    select
        named.structure_set_key,
        named.FrameOfReferenceUID,
        coalesce(lone_slices.volume_SeriesInstanceUID, named.SeriesInstanceUID)
            as SeriesInstanceUID
    from named
    left join lone_slices on named.SeriesInstanceUID = lone_slices.SeriesInstanceUID
)

select * from final
