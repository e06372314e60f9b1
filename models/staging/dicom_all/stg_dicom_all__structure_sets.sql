with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

final as (
    select
        SOPInstanceUID as structure_set_key,
        collection_id,
        analysis_result_id,
        PatientID,
        StudyInstanceUID,
        SeriesInstanceUID,
        SOPInstanceUID,
        FrameOfReferenceUID,
        SeriesDescription,
        StructureSetLabel,
        StructureSetName,
        StructureSetDate,
        ApprovalStatus,
        Manufacturer,
        ManufacturerModelName,
        crdc_series_uuid,
        aws_bucket,
        instance_size,
        instance_hash,
        series_init_idc_version,
        series_revised_idc_version,
        license_short_name,
        source_DOI,
        file_path,
        archive_member,
        cast(1 as int64) as instance_count,
        true as rois_known,
        {% if var('source') == 'dicom' %}
        true as contours_known,
        {% elif var('idc_contours') %}
        -- BigQuery drops sequences of about 1 MiB: an absent one says nothing
        coalesce(array_length(ROIContourSequence), 0) > 0 as contours_known,
        {% else %}
        false as contours_known,
        {% endif %}
        cast(null as int64) as stated_roi_count
    from instances
)

select * from final
