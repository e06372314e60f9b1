{{ config(materialized='table') }}

with source as (
    select * from {{ source_model('image_series') }}
),

final as (
    select
        SeriesInstanceUID,
        collection_id,
        PatientID,
        StudyInstanceUID,
        FrameOfReferenceUID,
        Modality,
        SOPClassUID,
        SeriesDescription,
        Manufacturer,
        ManufacturerModelName,
        {{ adapter.quote('Rows') }},
        {{ adapter.quote('Columns') }},
        row_spacing_mm,
        column_spacing_mm,
        slice_spacing_mm,
        smallest_gap_mm,
        largest_gap_mm,
        instance_count,
        merged_series_count,
        stack_count,
        is_localizer,
        is_placed,
        is_one_orientation,
        is_aligned,
        is_evenly_spaced,
        regularly_spaced,
        obliquity_degrees,
        crdc_series_uuid,
        aws_bucket,
        license_short_name,
        source_DOI,
        series_size_MB
    from source
)

select * from final
