with series as (
    select * from {{ ref('stg_dicom_all__series_geometry') }}
),

stacks as (
    select * from {{ ref('stg_dicom_all__image_stacks') }}
),

lone_slices as (
    select * from {{ ref('stg_dicom_all__lone_slices') }}
),

-- a series of several stacks has no geometry of its own
stack_counts as (
    select
        SeriesInstanceUID,
        count(*) as stack_count,
        max(last_mm) - min(first_mm) as span_mm,
        min(smallest_gap_mm) as smallest_gap_mm,
        max(largest_gap_mm) as largest_gap_mm,
        min(grid_kind) as grid_kind,
        min(obliquity_degrees) as obliquity_degrees
    from stacks
    group by SeriesInstanceUID
),

-- slices that have a series each and are taken as one
merged as (
    select
        volume_SeriesInstanceUID,
        max(series_count) as merged_series_count
    from lone_slices
    group by volume_SeriesInstanceUID
),

joined as (
    select
        series.*,
        merged.merged_series_count,
        stack_counts.stack_count,
        case
            when stack_counts.stack_count = 1 and series.placed_instance_count > 1
                then stack_counts.span_mm / (series.placed_instance_count - 1)
        end as slice_spacing_mm,
        case when stack_counts.stack_count = 1 then stack_counts.grid_kind end as grid_kind,
        case when stack_counts.stack_count = 1 then stack_counts.smallest_gap_mm end
            as smallest_stack_gap_mm,
        case when stack_counts.stack_count = 1 then stack_counts.largest_gap_mm end
            as largest_stack_gap_mm,
        stack_counts.obliquity_degrees,
        case
            -- enhanced images say it frame by frame, in sequences that the catalog does not hold
            when
                series.placed_instance_count = 0
                and series.SOPClassUID in {{ quoted_list(var('enhanced_sop_class_uids')) }}
                then null
            when series.placed_instance_count = 0 then false
            when series.instance_count = 1 and series.frame_count > 1 then false
            else true
        end as is_placed
    from series
    left join stack_counts on series.SeriesInstanceUID = stack_counts.SeriesInstanceUID
    left join merged on series.SeriesInstanceUID = merged.volume_SeriesInstanceUID
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
        smallest_stack_gap_mm as smallest_gap_mm,
        largest_stack_gap_mm as largest_gap_mm,
        instance_count,
        merged_series_count,
        coalesce(stack_count, 0) as stack_count,
        is_localizer,
        is_placed,
        case when is_placed then is_one_orientation end as is_one_orientation,
        case when is_placed and stack_count = 1 then grid_kind = 'sheared' end as is_sheared,
        case
            when is_placed and stack_count > 1 then false
            when is_placed and instance_count > 1 then grid_kind = 'uniform'
        end as is_evenly_spaced,
        case
            when is_placed and instance_count > 1
                then stack_count = 1 and grid_kind = 'uniform'
        end as regularly_spaced,
        case when is_placed and is_one_orientation then obliquity_degrees end as obliquity_degrees,
        crdc_series_uuid,
        aws_bucket,
        license_short_name,
        source_DOI,
        series_size_MB
    from joined
)

select * from final
