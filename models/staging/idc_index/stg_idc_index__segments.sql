{#- The Parquet index of series does not say what is in a Segmentation. -#}
with final as (
    select
        cast(null as string) as collection_id,
        cast(null as string) as PatientID,
        cast(null as string) as StudyInstanceUID,
        cast(null as string) as SeriesInstanceUID,
        cast(null as string) as SOPInstanceUID,
        cast(null as int64) as SegmentNumber,
        cast(null as string) as SegmentLabel,
        cast(null as string) as SegmentDescription,
        cast(null as string) as SegmentAlgorithmType,
        cast(null as string) as SegmentAlgorithmName,
        cast(null as string) as SegmentationType,
        cast(null as string) as FrameOfReferenceUID,
        cast(null as string) as referenced_SeriesInstanceUID,
        cast(null as string) as stated_category_code,
        cast(null as string) as stated_category_scheme,
        cast(null as string) as stated_category_meaning,
        cast(null as string) as stated_type_code,
        cast(null as string) as stated_type_scheme,
        cast(null as string) as stated_type_meaning,
        cast(null as string) as stated_modifier_code,
        cast(null as string) as stated_modifier_scheme,
        cast(null as string) as stated_modifier_meaning,
        cast(null as string) as stated_region_code,
        cast(null as string) as stated_region_scheme,
        cast(null as string) as stated_region_meaning,
        cast(null as string) as crdc_series_uuid,
        cast(null as string) as aws_bucket,
        cast(null as string) as license_short_name,
        cast(null as string) as source_DOI,
        cast(null as string) as file_path,
        cast(null as string) as archive_member
    from (select 1 as one) as nothing
    where one = 0
)

select * from final
