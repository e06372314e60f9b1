with source as (
    select * from {{ source_model('image_stacks') }}
),

final as (
    select
        SeriesInstanceUID,
        stack_number,
        separated_by,
        collection_id,
        PatientID,
        StudyInstanceUID,
        FrameOfReferenceUID,
        Modality,
        SOPClassUID,
        {{ adapter.quote('Rows') }},
        {{ adapter.quote('Columns') }},
        row_spacing_mm,
        column_spacing_mm,
        slice_spacing_mm,
        smallest_gap_mm,
        largest_gap_mm,
        first_mm,
        last_mm,
        instance_count,
        frame_count,
        slice_count,
        is_localizer,
        grid_kind,
        obliquity_degrees,
        series_size_MB
    from source
)

select * from final
