with image_series as (
    select * from {{ ref('int_image_series') }}
),

resolved as (
    select * from {{ ref('int_references') }}
    where evidence <> 'none'
),

segments as (
    select * from {{ source_model('segments') }}
),

registered as (
    select * from {{ ref('int_registered_conversions') }}
),

-- a Segmentation counts where its file is at hand: of IDC's, hundreds of thousands name an image
named as (
    select
        referenced_SeriesInstanceUID as SeriesInstanceUID,
        1 as structure_set_count
    from resolved

    union all

    select distinct
        referenced_SeriesInstanceUID as SeriesInstanceUID,
        0 as structure_set_count
    from segments
    where file_path is not null

    union all

    select distinct
        referenced_SeriesInstanceUID as SeriesInstanceUID,
        0 as structure_set_count
    from registered
),

reference_counts as (
    select
        SeriesInstanceUID,
        cast(sum(structure_set_count) as int64) as structure_set_count
    from named
    group by SeriesInstanceUID
),

final as (
    select
        image_series.collection_id,
        image_series.PatientID,
        image_series.StudyInstanceUID,
        image_series.SeriesInstanceUID,
        image_series.Modality,
        image_series.SOPClassUID,
        image_series.FrameOfReferenceUID,
        image_series.SeriesDescription,
        image_series.Manufacturer,
        image_series.ManufacturerModelName,
        image_series.{{ adapter.quote('Rows') }},
        image_series.{{ adapter.quote('Columns') }},
        image_series.instance_count,
        image_series.stack_count,
        image_series.slice_spacing_mm as spacing,
        image_series.row_spacing_mm,
        image_series.column_spacing_mm,
        image_series.smallest_gap_mm,
        image_series.largest_gap_mm,
        image_series.is_one_orientation,
        image_series.is_sheared,
        image_series.is_evenly_spaced,
        image_series.regularly_spaced,
        image_series.obliquity_degrees,
        reference_counts.structure_set_count,
        image_series.crdc_series_uuid,
        image_series.aws_bucket,
        image_series.series_size_MB,
        image_series.license_short_name,
        image_series.source_DOI,
        {{ idc_version() }}
    from image_series
    inner join reference_counts
        on image_series.SeriesInstanceUID = reference_counts.SeriesInstanceUID
)

select * from final
