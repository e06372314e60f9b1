-- The marts' columns that the converter reads.
create schema rtstruct;

create table rtstruct.rtstruct_series (
    collection_id varchar, PatientID varchar, StudyInstanceUID varchar, SeriesInstanceUID varchar,
    SeriesDescription varchar,
);

create table rtstruct.rtstruct_rois (
    collection_id varchar, PatientID varchar, StudyInstanceUID varchar, SeriesInstanceUID varchar,
    SOPInstanceUID varchar, ROINumber bigint, ROIName varchar, structure varchar,
    laterality varchar, structure_set_key varchar, roi_position bigint, stated_roi_number varchar,
    ROIDescription varchar, ROIGenerationAlgorithm varchar, ROIDisplayColor varchar,
    property_category_code varchar, property_category_scheme varchar,
    property_category_meaning varchar, property_type_code varchar, property_type_scheme varchar,
    property_type_meaning varchar, modifier_code varchar, modifier_scheme varchar,
    modifier_meaning varchar, site varchar, site_laterality varchar, site_code varchar,
    site_scheme varchar, site_meaning varchar, FMAID varchar,
);

create table rtstruct.conversion_worklist (
    collection_id varchar, analysis_result_id varchar, PatientID varchar, StudyInstanceUID varchar,
    SeriesInstanceUID varchar, SOPInstanceUID varchar, instance_hash varchar, file_path varchar,
    archive_member varchar, crdc_series_uuid varchar, aws_bucket varchar,
    series_size_MB double, license_short_name varchar, source_DOI varchar,
    referenced_SeriesInstanceUID varchar, referenced_StudyInstanceUID varchar,
    evidence varchar, image_Modality varchar, image_Rows bigint, image_Columns bigint,
    image_instance_count bigint, image_crdc_series_uuid varchar,
    image_aws_bucket varchar, image_series_size_MB double, image_license_short_name varchar,
    image_source_DOI varchar, stack_number bigint, stack_count bigint,
    stack_evidence varchar, contours_elsewhere bigint, image_FrameOfReferenceUID varchar,
    structure_set_key varchar, is_convertible boolean, reason_code varchar, reason varchar,
);

create table rtstruct.image_instances (
    SeriesInstanceUID varchar, SOPInstanceUID varchar, file_path varchar, archive_member varchar,
    stack_number bigint, instance_size bigint, header_hash varchar, InstanceNumber bigint, position_mm double,
);
