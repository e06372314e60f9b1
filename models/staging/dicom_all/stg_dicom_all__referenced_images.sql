{%- set contours_named = var('source') == 'dicom' or var('idc_contours') -%}
with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

listed as (
    select distinct
        instances.SOPInstanceUID as structure_set_key,
        nullif(series.SeriesInstanceUID, '') as SeriesInstanceUID,
        image.ReferencedSOPClassUID,
        image.ReferencedSOPInstanceUID
    from {{ unnested(
        'instances',
        frame='instances.ReferencedFrameOfReferenceSequence',
        study='frame.RTReferencedStudySequence',
        series='study.RTReferencedSeriesSequence',
        image='series.ContourImageSequence',
    ) }}
    where image.ReferencedSOPInstanceUID is not null
),

{% if contours_named %}
drawn_on as (
    {% if var('source') == 'dicom' %}
    select
        instances.SOPInstanceUID as structure_set_key,
        cast(null as string) as ReferencedSOPClassUID,
        image_sop_uid as ReferencedSOPInstanceUID
    from {{ unnested(
        'instances',
        roi='instances.roi_contours',
        image_sop_uid='roi.image_sop_uids',
    ) }}
    {% else %}
    select
        instances.SOPInstanceUID as structure_set_key,
        image.ReferencedSOPClassUID,
        image.ReferencedSOPInstanceUID
    from {{ unnested(
        'instances',
        roi='instances.ROIContourSequence',
        contour='roi.ContourSequence',
        image='contour.ContourImageSequence',
    ) }}
    {% endif %}
),

-- some writers name images only where contours are drawn on them
drawn_on_only as (
    select
        drawn_on.structure_set_key,
        drawn_on.ReferencedSOPInstanceUID,
        min(drawn_on.ReferencedSOPClassUID) as ReferencedSOPClassUID
    from drawn_on
    left join listed
        on
            drawn_on.structure_set_key = listed.structure_set_key
            and drawn_on.ReferencedSOPInstanceUID = listed.ReferencedSOPInstanceUID
    where
        drawn_on.ReferencedSOPInstanceUID is not null
        and listed.ReferencedSOPInstanceUID is null
    group by drawn_on.structure_set_key, drawn_on.ReferencedSOPInstanceUID
),
{% endif %}

final as (
    select
        structure_set_key,
        SeriesInstanceUID,
        ReferencedSOPClassUID,
        ReferencedSOPInstanceUID
    from listed
    {% if contours_named %}
    union all

    select
        structure_set_key,
        null as SeriesInstanceUID,
        ReferencedSOPClassUID,
        ReferencedSOPInstanceUID
    from drawn_on_only
    {% endif %}
)

select * from final
