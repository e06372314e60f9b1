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
),

roi_names as (
    select
        structure_set_key,
        ROIName,
        count(*) as item_count
    from rois
    where ROIName is not null
    group by structure_set_key, ROIName
),

series_per_set as (
    select
        structure_set_key,
        count(*) as series_count
    from conversions
    where referenced_SeriesInstanceUID is not null
    group by structure_set_key
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

{#- Findings of a structure set, and of one of its ROIs: code, origin, condition, what to say. -#}
{%- set set_findings = [
    [
        'reference_by_frame_only', 'conversions', "evidence = 'frame_of_reference'",
        'referenced_SeriesInstanceUID',
    ],
    [
        'several_image_series', 'series_per_set', 'series_count > 1',
        "cast(series_count as string) || ' series'",
    ],
    [
        'images_missing', 'image_counts',
        'present_image_count > 0 and present_image_count < image_count',
        "cast(image_count - present_image_count as string)
        || ' of ' || cast(image_count as string) || ' images'",
    ],
    [
        'disputed_images', 'image_counts', 'disputed_image_count > 0',
        "cast(disputed_image_count as string) || ' of ' || cast(image_count as string) || ' images'",
    ],
    ['duplicate_roi_name', 'roi_names', 'item_count > 1', 'ROIName'],
    ['irregular_spacing', 'series_facts', 'not is_evenly_spaced', 'SeriesInstanceUID'],
    [
        'tilted_stack', 'series_facts', 'not is_aligned and is_one_orientation',
        'SeriesInstanceUID',
    ],
    [
        'missing_slices', 'series_facts',
        "not is_evenly_spaced and smallest_gap_mm > 0
            and largest_gap_mm > 1.5 * smallest_gap_mm
            and abs(
                largest_gap_mm / nullif(smallest_gap_mm, 0)
                - round(largest_gap_mm / nullif(smallest_gap_mm, 0))
            ) < 0.02",
        'SeriesInstanceUID',
    ],
    ['mixed_orientation', 'series_facts', 'not is_one_orientation', 'SeriesInstanceUID'],
    ['oblique_image', 'series_facts', 'obliquity_degrees >= 1', 'SeriesInstanceUID'],
] %}
{%- set roi_findings = [
    ['points_only', "geometry_class = 'points'", 'ROIName'],
    ['open_contours', "geometry_class = 'open'", 'contour_geometric_types'],
    ['empty_roi', "geometry_class = 'empty'", 'ROIName'],
    ['bad_roi_number', 'ROINumber is null and stated_roi_number is not null', 'stated_roi_number'],
    ['unnamed_roi', "coalesce(ROIName, '') = ''", 'cast(null as string)'],
    ['type_conflict', 'conflict is not null', 'conflict'],
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
    where item_count > 1

    {% for code, origin, condition, detail in set_findings %}
    union all

    select
        structure_set_key,
        null as ROINumber,
        null as roi_position,
        '{{ code }}' as finding_code,
        {{ detail }} as detail
    from {{ origin }}
    where {{ condition }}
    {% endfor %}
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
