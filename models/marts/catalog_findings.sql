with structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

rois as (
    select * from {{ ref('rtstruct_rois') }}
),

conversions as (
    select * from {{ ref('int_conversions') }}
),

referenced_series as (
    select * from {{ ref('int_referenced_series') }}
),

other_files as (
    select * from {{ source_model('other_files') }}
),

image_series as (
    select * from {{ ref('int_image_series') }}
),

finding_codes as (
    select * from {{ ref('finding_codes') }}
),

exceptions as (
    select * from {{ ref('finding_exceptions') }}
),

roi_numbers as (
    select
        structure_set_key,
        ROINumber,
        count(*) as item_count
    from rois
    where ROINumber is not null
    group by structure_set_key, ROINumber
    having count(*) > 1
),

roi_names as (
    select
        structure_set_key,
        ROIName,
        count(*) as item_count
    from rois
    where ROIName is not null
    group by structure_set_key, ROIName
    having count(*) > 1
),

series_per_set as (
    select
        structure_set_key,
        count(*) as series_count
    from conversions
    where referenced_SeriesInstanceUID is not null
    group by structure_set_key
    having count(*) > 1
),

image_counts as (
    select
        structure_set_key,
        cast(sum(referenced_instance_count) as int64) as image_count,
        cast(sum(present_instance_count) as int64) as present_image_count,
        cast(sum(disputed_instance_count) as int64) as disputed_image_count
    from referenced_series
    group by structure_set_key
),

series_facts as (
    select
        conversions.structure_set_key,
        image_series.*
    from conversions
    inner join image_series
        on conversions.referenced_SeriesInstanceUID = image_series.SeriesInstanceUID
),

{#- Each finding: its code, where it comes from, when, and what to say. -#}
{%- set roi_findings = [
    ['points_only', "geometry_class = 'points'", "ROIName"],
    ['open_contours', "geometry_class = 'open'", "contour_geometric_types"],
    ['empty_roi', "geometry_class = 'empty'", "ROIName"],
    ['bad_roi_number', "ROINumber is null and stated_roi_number is not null", "stated_roi_number"],
    ['unnamed_roi', "coalesce(ROIName, '') = ''", "cast(null as string)"],
    ['type_conflict', "conflict is not null", "conflict"],
] %}
{%- set series_findings = [
    ['irregular_spacing', "not is_evenly_spaced", "SeriesInstanceUID"],
    ['tilted_stack', "not is_aligned and is_one_orientation", "SeriesInstanceUID"],
    [
        'missing_slices',
        "not is_evenly_spaced and smallest_gap_mm > 0
            and largest_gap_mm > 1.5 * smallest_gap_mm
            and abs(
                largest_gap_mm / nullif(smallest_gap_mm, 0)
                - round(largest_gap_mm / nullif(smallest_gap_mm, 0))
            ) < 0.02",
        "SeriesInstanceUID",
    ],
    ['mixed_orientation', "not is_one_orientation", "SeriesInstanceUID"],
    ['oblique_image', "obliquity_degrees >= 1", "SeriesInstanceUID"],
] %}

found as (
    select
        structure_set_key,
        cast(null as int64) as ROINumber,
        cast(null as int64) as roi_position,
        reason_code as finding_code,
        referenced_SeriesInstanceUID as detail
    from conversions
    where reason_code is not null

    union all

    select
        structure_set_key,
        null as ROINumber,
        null as roi_position,
        'reference_by_frame_only' as finding_code,
        referenced_SeriesInstanceUID as detail
    from conversions
    where evidence = 'frame_of_reference'

    union all

    select
        structure_set_key,
        null as ROINumber,
        null as roi_position,
        'several_image_series' as finding_code,
        cast(series_count as string) || ' series' as detail
    from series_per_set

    union all

    select
        structure_set_key,
        null as ROINumber,
        null as roi_position,
        'images_missing' as finding_code,
        cast(image_count - present_image_count as string)
        || ' of ' || cast(image_count as string) || ' images' as detail
    from image_counts
    where present_image_count > 0 and present_image_count < image_count

    union all

    select
        structure_set_key,
        null as ROINumber,
        null as roi_position,
        'disputed_images' as finding_code,
        cast(disputed_image_count as string)
        || ' of ' || cast(image_count as string) || ' images' as detail
    from image_counts
    where disputed_image_count > 0

    union all

    select
        structure_sets.structure_set_key,
        null as ROINumber,
        null as roi_position,
        case other_files.outcome when 'conflict' then 'disputed_file' else 'copied_file' end
            as finding_code,
        other_files.file_path
        || coalesce('/' || other_files.archive_member, '') as detail
    from structure_sets
    inner join other_files on structure_sets.SOPInstanceUID = other_files.SOPInstanceUID

    union all

    select distinct
        conversions.structure_set_key,
        cast(null as int64) as ROINumber,
        cast(null as int64) as roi_position,
        'non_commercial' as finding_code,
        coalesce(image_series.license_short_name, structure_sets.license_short_name) as detail
    from conversions
    inner join structure_sets on conversions.structure_set_key = structure_sets.structure_set_key
    left join image_series
        on conversions.referenced_SeriesInstanceUID = image_series.SeriesInstanceUID
    where
        {{ regex_match('structure_sets.license_short_name', '-NC') }}
        or {{ regex_match('image_series.license_short_name', '-NC') }}

    union all

    select
        structure_set_key,
        ROINumber,
        null as roi_position,
        'duplicate_roi_number' as finding_code,
        cast(item_count as string) || ' ROIs' as detail
    from roi_numbers

    union all

    select
        structure_set_key,
        null as ROINumber,
        null as roi_position,
        'duplicate_roi_name' as finding_code,
        ROIName as detail
    from roi_names

    {% for code, condition, detail in roi_findings %}
    union all

    select
        structure_set_key,
        ROINumber,
        roi_position,
        '{{ code }}' as finding_code,
        {{ detail }} as detail
    from rois
    where {{ condition }}
    {% endfor %}
    {% for code, condition, detail in series_findings %}
    union all

    select
        structure_set_key,
        null as ROINumber,
        null as roi_position,
        '{{ code }}' as finding_code,
        {{ detail }} as detail
    from series_facts
    where {{ condition }}
    {% endfor %}
),

final as (
    select
        found.finding_code,
        finding_codes.severity,
        found.structure_set_key,
        structure_sets.collection_id,
        structure_sets.SeriesInstanceUID,
        structure_sets.SOPInstanceUID,
        found.ROINumber,
        found.roi_position,
        found.detail,
        {{ idc_version() }}
    from found
    inner join structure_sets on found.structure_set_key = structure_sets.structure_set_key
    left join finding_codes on found.finding_code = finding_codes.finding_code
    left join exceptions
        on
            found.finding_code = exceptions.finding_code
            and structure_sets.SOPInstanceUID = exceptions.SOPInstanceUID
            and (exceptions.ROINumber is null or found.ROINumber = exceptions.ROINumber)
    where exceptions.finding_code is null
)

select * from final
