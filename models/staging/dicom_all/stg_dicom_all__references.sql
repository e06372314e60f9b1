with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

frames as (
    select
        instances.SOPInstanceUID as structure_set_key,
        frame.FrameOfReferenceUID,
        frame.RTReferencedStudySequence
    from instances
    {{ unnest_join('instances.ReferencedFrameOfReferenceSequence', 'frame') }}
),

series as (
    select
        frames.structure_set_key,
        frames.FrameOfReferenceUID,
        nullif(series.SeriesInstanceUID, '') as SeriesInstanceUID,
        series.ContourImageSequence
    from frames
    {{ unnest_join('frames.RTReferencedStudySequence', 'study') }}
    {{ unnest_join('study.RTReferencedSeriesSequence', 'series') }}
),

final as (
    select
        structure_set_key,
        FrameOfReferenceUID,
        cast(null as string) as SeriesInstanceUID,
        cast(null as string) as ReferencedSOPClassUID,
        cast(null as string) as ReferencedSOPInstanceUID
    from frames

    union all

    select
        structure_set_key,
        FrameOfReferenceUID,
        SeriesInstanceUID,
        null as ReferencedSOPClassUID,
        null as ReferencedSOPInstanceUID
    from series

    union all

    select
        series.structure_set_key,
        series.FrameOfReferenceUID,
        series.SeriesInstanceUID,
        image.ReferencedSOPClassUID,
        image.ReferencedSOPInstanceUID
    from series
    {{ unnest_join('series.ContourImageSequence', 'image') }}

    {% if var('source') == 'dicom' %}
    union all

    -- the images that the contours themselves name: some writers fill only these
    select
        instances.SOPInstanceUID as structure_set_key,
        null as FrameOfReferenceUID,
        null as SeriesInstanceUID,
        null as ReferencedSOPClassUID,
        image_sop_uid as ReferencedSOPInstanceUID
    from instances
    {{ unnest_join('instances.roi_contours', 'roi') }}
    {{ unnest_join('roi.image_sop_uids', 'image_sop_uid') }}
    {% elif var('idc_contours') %}
    union all

    -- the images that the contours themselves name: some writers fill only these
    select
        instances.SOPInstanceUID as structure_set_key,
        null as FrameOfReferenceUID,
        null as SeriesInstanceUID,
        image.ReferencedSOPClassUID,
        image.ReferencedSOPInstanceUID
    from instances
    {{ unnest_join('instances.ROIContourSequence', 'roi') }}
    {{ unnest_join('roi.ContourSequence', 'contour') }}
    {{ unnest_join('contour.ContourImageSequence', 'image') }}
    {% endif %}
)

select * from final
