with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

final as (
    select
        instances.SOPInstanceUID as structure_set_key,
        nullif(series.SeriesInstanceUID, '') as SeriesInstanceUID,
        image.ReferencedSOPClassUID,
        image.ReferencedSOPInstanceUID
    from instances
    {{ unnest_join('instances.ReferencedFrameOfReferenceSequence', 'frame') }}
    {{ unnest_join('frame.RTReferencedStudySequence', 'study') }}
    {{ unnest_join('study.RTReferencedSeriesSequence', 'series') }}
    {{ unnest_join('series.ContourImageSequence', 'image') }}

    {% if var('source') == 'dicom' %}
    union all

    -- the images that the contours themselves name: some writers fill only these
    select
        instances.SOPInstanceUID as structure_set_key,
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
