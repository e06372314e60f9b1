-- IDC's index lists series, not instances: what stacks a series holds is not known
with series as (
    select * from {{ ref('stg_idc_index__image_series') }}
),

final as (
    select
        SeriesInstanceUID,
        cast(null as int64) as stack_number,
        cast(null as string) as separated_by,
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
        cast(null as {{ type_double() }}) as first_mm,
        cast(null as {{ type_double() }}) as last_mm,
        instance_count,
        cast(null as int64) as frame_count,
        instance_count as slice_count,
        is_localizer,
        cast(null as string) as grid_kind,
        obliquity_degrees,
        series_size_MB
    from series
)

select * from final
