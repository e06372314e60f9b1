{%- set contours_known = var('source') == 'dicom' or var('idc_contours') -%}
with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

lone_slices as (
    select * from {{ ref('stg_dicom_all__lone_slices') }}
),

listed as (
    select
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

{% if contours_known %}
-- images that contours name, with the contours that do
drawn_on as (
    {% if var('source') == 'dicom' %}
    select
        instances.SOPInstanceUID as structure_set_key,
        cast(null as string) as ReferencedSOPClassUID,
        image_sop_uid as ReferencedSOPInstanceUID,
        {{ array_item('roi.image_contour_counts', 'image_offset') }} as contour_count
    from {{ unnested(
        'instances',
        offset='image_offset',
        roi='instances.roi_contours',
        image_sop_uid='roi.image_sop_uids',
    ) }}
    {% else %}
    select
        instances.SOPInstanceUID as structure_set_key,
        image.ReferencedSOPClassUID,
        image.ReferencedSOPInstanceUID,
        1 as contour_count
    from {{ unnested(
        'instances',
        roi='instances.ROIContourSequence',
        contour='roi.ContourSequence',
        image='contour.ContourImageSequence',
    ) }}
    where image.ReferencedSOPInstanceUID is not null
    {% endif %}
),
{% endif %}

-- some writers name images only where contours are drawn on them
named as (
    select
        structure_set_key,
        SeriesInstanceUID,
        ReferencedSOPClassUID,
        ReferencedSOPInstanceUID,
        1 as is_listed,
        0 as contour_count
    from listed
    {% if contours_known %}

    union all

    select
        structure_set_key,
        cast(null as string) as SeriesInstanceUID,
        ReferencedSOPClassUID,
        ReferencedSOPInstanceUID,
        0 as is_listed,
        contour_count
    from drawn_on
    {% endif %}
),

final as (
    select
        named.structure_set_key,
        named.ReferencedSOPInstanceUID,
        min(coalesce(lone_slices.volume_SeriesInstanceUID, named.SeriesInstanceUID))
            as SeriesInstanceUID,
        min(named.ReferencedSOPClassUID) as ReferencedSOPClassUID,
        max(named.is_listed) = 1 as is_listed,
        cast(sum(named.contour_count) as int64) as contour_count
    from named
    left join lone_slices on named.SeriesInstanceUID = lone_slices.SeriesInstanceUID
    group by named.structure_set_key, named.ReferencedSOPInstanceUID
)

select * from final
