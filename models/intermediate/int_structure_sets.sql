{{ config(materialized='table') }}

with source as (
    select * from {{ source_model('structure_sets') }}
),

final as (
    select
        structure_set_key,
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
        instance_count,
        rois_known,
        contours_known,
        stated_roi_count
    from source
)

select * from final
