with instances as (
    select * from {{ ref('stg_dicom_all__image_instances') }}
),

gaps as (
    select
        *,
        lead(position_mm) over (partition by SeriesInstanceUID order by position_mm)
        - position_mm as gap_mm
    from instances
),

measured as (
    select
        SeriesInstanceUID,
        min(collection_id) as collection_id,
        min(PatientID) as PatientID,
        min(StudyInstanceUID) as StudyInstanceUID,
        min(FrameOfReferenceUID) as FrameOfReferenceUID,
        min(Modality) as Modality,
        min(SOPClassUID) as SOPClassUID,
        min(SeriesDescription) as SeriesDescription,
        min(Manufacturer) as Manufacturer,
        min(ManufacturerModelName) as ManufacturerModelName,
        min({{ adapter.quote('Rows') }}) as {{ adapter.quote('Rows') }},
        min({{ adapter.quote('Columns') }}) as {{ adapter.quote('Columns') }},
        min(row_spacing_mm) as row_spacing_mm,
        min(column_spacing_mm) as column_spacing_mm,
        count(*) as instance_count,
        count(position_mm) as placed_instance_count,
        max(coalesce(NumberOfFrames, 1)) as frame_count,
        max(case when is_localizer then 1 else 0 end) = 1 as is_localizer,
        min({{ adapter.quote('Rows') }}) = max({{ adapter.quote('Rows') }})
        and min({{ adapter.quote('Columns') }}) = max({{ adapter.quote('Columns') }})
        and min(row_spacing_mm) = max(row_spacing_mm)
        and min(column_spacing_mm) = max(column_spacing_mm) as is_one_grid,
        max(normal_x) - min(normal_x) < {{ var('orientation_tolerance') }}
        and max(normal_y) - min(normal_y) < {{ var('orientation_tolerance') }}
        and max(normal_z) - min(normal_z)
        < {{ var('orientation_tolerance') }} as is_one_orientation,
        max(row_offset_mm) - min(row_offset_mm) < {{ var('in_plane_tolerance_mm') }}
        and max(column_offset_mm) - min(column_offset_mm)
        < {{ var('in_plane_tolerance_mm') }} as is_aligned,
        min(normal_x) as normal_x,
        min(normal_y) as normal_y,
        min(normal_z) as normal_z,
        max(position_mm) - min(position_mm) as span_mm,
        min(gap_mm) as smallest_gap_mm,
        max(gap_mm) as largest_gap_mm,
        min(crdc_series_uuid) as crdc_series_uuid,
        min(aws_bucket) as aws_bucket,
        min(license_short_name) as license_short_name,
        min(source_DOI) as source_DOI,
        sum(instance_size) / 1000000 as series_size_MB
    from gaps
    group by SeriesInstanceUID
),

means as (
    select
        *,
        case when instance_count > 1 then span_mm / (instance_count - 1) end as mean_gap_mm
    from measured
),

spaced as (
    select
        *,
        smallest_gap_mm > 0
        and largest_gap_mm - mean_gap_mm < {{ var('spacing_tolerance') }} * mean_gap_mm
        and mean_gap_mm - smallest_gap_mm
        < {{ var('spacing_tolerance') }} * mean_gap_mm as is_evenly_spaced,
        case
            -- enhanced images say it frame by frame, in sequences that the catalog does not hold
            when
                placed_instance_count < instance_count
                and SOPClassUID in {{ quoted_list(var('enhanced_sop_class_uids')) }} then null
            when placed_instance_count < instance_count then false
            when instance_count = 1 and frame_count > 1 then false
            else true
        end as is_placed,
        sqrt(normal_x * normal_x + normal_y * normal_y + normal_z * normal_z) as normal_length
    from means
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
        case when is_placed then mean_gap_mm end as slice_spacing_mm,
        case when is_placed then smallest_gap_mm end as smallest_gap_mm,
        case when is_placed then largest_gap_mm end as largest_gap_mm,
        instance_count,
        is_localizer,
        is_placed,
        case when is_placed then is_one_orientation end as is_one_orientation,
        case when is_placed then is_aligned end as is_aligned,
        case when is_placed and is_one_orientation then is_evenly_spaced end as is_evenly_spaced,
        case
            when is_placed and instance_count > 1
                then is_one_grid and is_one_orientation and is_aligned and is_evenly_spaced
        end as regularly_spaced,
        case
            when is_placed and is_one_orientation and normal_length > 0
                then
                    round(
                        acos(
                            least(
                                greatest(abs(normal_x), abs(normal_y), abs(normal_z))
                                / normal_length,
                                1.0
                            )
                        ) * 180 / acos(-1), 2
                    )
        end as obliquity_degrees,
        crdc_series_uuid,
        aws_bucket,
        license_short_name,
        source_DOI,
        series_size_MB
    from spaced
)

select * from final
