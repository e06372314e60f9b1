with rois as (
    select * from {{ ref('rtstruct_rois') }}
),

drawn_rois as (
    select * from {{ ref('int_rois') }}
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

duplicate_roi_number as (
    select
        rois.structure_set_key,
        rois.ROINumber,
        rois.roi_position,
        'duplicate_roi_number' as finding_code,
        cast(roi_numbers.item_count as string) || ' ROIs, this one '
        || coalesce(rois.ROIName, 'without a name') as detail
    from rois
    inner join roi_numbers
        on
            rois.structure_set_key = roi_numbers.structure_set_key
            and rois.ROINumber = roi_numbers.ROINumber
    where roi_numbers.item_count > 1
),

repeated_contours as (
    select
        drawn_rois.structure_set_key,
        drawn_rois.ROINumber,
        drawn_rois.roi_position,
        'duplicate_roi_number' as finding_code,
        cast(drawn_rois.contour_item_count as string) || ' sets of contours for '
        || coalesce(drawn_rois.ROIName, 'a ROI without a name') as detail
    from drawn_rois
    inner join roi_numbers
        on
            drawn_rois.structure_set_key = roi_numbers.structure_set_key
            and drawn_rois.ROINumber = roi_numbers.ROINumber
    where drawn_rois.contour_item_count > 1 and roi_numbers.item_count = 1
),

duplicate_roi_name as (
    select
        structure_set_key,
        cast(null as int64) as ROINumber,
        cast(null as int64) as roi_position,
        'duplicate_roi_name' as finding_code,
        ROIName as detail
    from roi_names
    where item_count > 1
),

points_only as (
    select
        structure_set_key,
        ROINumber,
        roi_position,
        'points_only' as finding_code,
        ROIName as detail
    from rois
    where geometry_class = 'points'
),

open_contours as (
    select
        structure_set_key,
        ROINumber,
        roi_position,
        'open_contours' as finding_code,
        contour_geometric_types as detail
    from rois
    where geometry_class = 'open'
),

empty_roi as (
    select
        structure_set_key,
        ROINumber,
        roi_position,
        'empty_roi' as finding_code,
        ROIName as detail
    from rois
    where geometry_class = 'empty'
),

bad_roi_number as (
    select
        structure_set_key,
        ROINumber,
        roi_position,
        'bad_roi_number' as finding_code,
        stated_roi_number as detail
    from rois
    where ROINumber is null and stated_roi_number is not null
),

unnamed_roi as (
    select
        structure_set_key,
        ROINumber,
        roi_position,
        'unnamed_roi' as finding_code,
        cast(null as string) as detail
    from rois
    where coalesce(ROIName, '') = ''
),

-- control characters, what could not be decoded, letters among the signs that bytes of other
-- encodings become in Latin-1, and names all of its upper half; an opening or closing mark of a
-- quotation may stand beside a letter
garbled_name as (
    select
        structure_set_key,
        ROINumber,
        roi_position,
        'garbled_name' as finding_code,
        ROIName as detail
    from rois
    where
        {{ regex_match(
            'ROIName',
            '[\\x{80}-\\x{9f}\\x{fffd}]'
            ~ '|[\\x{c2}-\\x{f4}][\\x{a0}-\\x{bf}]'
            ~ '|[\\x{a2}-\\x{aa}\\x{ac}-\\x{b9}\\x{bc}-\\x{be}\\x{d7}\\x{f7}][\\x{c0}-\\x{ff}]'
            ~ '|[\\x{c0}-\\x{ff}][\\x{d7}\\x{f7}]'
            ~ '|^[^A-Za-z\\x{100}-\\x{10ffff}]*[\\x{a1}-\\x{ff}]{3,}[^A-Za-z\\x{100}-\\x{10ffff}]*$'
        ) }}
),

type_conflict as (
    select
        structure_set_key,
        ROINumber,
        roi_position,
        'type_conflict' as finding_code,
        conflict as detail
    from rois
    where conflict is not null
),

no_geometric_type as (
    select
        structure_set_key,
        ROINumber,
        roi_position,
        'no_geometric_type' as finding_code,
        cast(untyped_contour_count as string) || ' contours' as detail
    from drawn_rois
    where untyped_contour_count > 0
),

final as (
    select * from duplicate_roi_number
    union all
    select * from repeated_contours
    union all
    select * from duplicate_roi_name
    union all
    select * from points_only
    union all
    select * from open_contours
    union all
    select * from empty_roi
    union all
    select * from bad_roi_number
    union all
    select * from unnamed_roi
    union all
    select * from garbled_name
    union all
    select * from type_conflict
    union all
    select * from no_geometric_type
)

select * from final
