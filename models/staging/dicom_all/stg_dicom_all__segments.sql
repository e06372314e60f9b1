with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where SOPClassUID in {{ quoted_list(var('seg_sop_class_uids')) }}
),

segments as (
    select
        instances.*,
        segment.SegmentNumber,
        nullif(segment.SegmentLabel, '') as SegmentLabel,
        nullif(segment.SegmentDescription, '') as SegmentDescription,
        nullif(segment.SegmentAlgorithmType, '') as SegmentAlgorithmType,
        nullif(segment.SegmentAlgorithmName, '') as SegmentAlgorithmName,
        {{ array_item('instances.ReferencedSeriesSequence', 0) }} as referenced_series,
        {{ array_item('segment.SegmentedPropertyCategoryCodeSequence', 0) }} as category,
        {{ array_item('segment.SegmentedPropertyTypeCodeSequence', 0) }} as property_type,
        {{ array_item('segment.AnatomicRegionSequence', 0) }} as region
    from {{ unnested('instances', segment='instances.SegmentSequence') }}
),

modified as (
    select
        *,
        {{ array_item('property_type.SegmentedPropertyTypeModifierCodeSequence', 0) }} as modifier
    from segments
),

final as (
    select
        collection_id,
        PatientID,
        StudyInstanceUID,
        SeriesInstanceUID,
        SOPInstanceUID,
        SegmentNumber,
        SegmentLabel,
        SegmentDescription,
        SegmentAlgorithmType,
        SegmentAlgorithmName,
        SegmentationType,
        FrameOfReferenceUID,
        referenced_series.SeriesInstanceUID as referenced_SeriesInstanceUID,
        category.CodeValue as stated_category_code,
        category.CodingSchemeDesignator as stated_category_scheme,
        category.CodeMeaning as stated_category_meaning,
        property_type.CodeValue as stated_type_code,
        property_type.CodingSchemeDesignator as stated_type_scheme,
        property_type.CodeMeaning as stated_type_meaning,
        modifier.CodeValue as stated_modifier_code,
        modifier.CodingSchemeDesignator as stated_modifier_scheme,
        modifier.CodeMeaning as stated_modifier_meaning,
        region.CodeValue as stated_region_code,
        region.CodingSchemeDesignator as stated_region_scheme,
        region.CodeMeaning as stated_region_meaning,
        crdc_series_uuid,
        aws_bucket,
        license_short_name,
        source_DOI,
        file_path,
        archive_member
    from modified
    -- the background of a label map is described like a segment
    where
        property_type.CodeValue is null
        or property_type.CodeValue <> '{{ var("background_code") }}'
)

select * from final
