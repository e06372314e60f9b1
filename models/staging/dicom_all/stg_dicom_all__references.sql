{{ config(materialized='table') }}

with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

frames as (
    select
        instances.SOPInstanceUID as structure_set_key,
        frame.FrameOfReferenceUID,
        frame.RTReferencedStudySequence
    from {{ unnested('instances', frame='instances.ReferencedFrameOfReferenceSequence') }}
),

final as (
    select
        structure_set_key,
        FrameOfReferenceUID,
        cast(null as string) as SeriesInstanceUID
    from frames

    union distinct

    select
        frames.structure_set_key,
        frames.FrameOfReferenceUID,
        nullif(series.SeriesInstanceUID, '') as SeriesInstanceUID
    from {{ unnested(
        'frames',
        study='frames.RTReferencedStudySequence',
        series='study.RTReferencedSeriesSequence',
    ) }}
)

select * from final
