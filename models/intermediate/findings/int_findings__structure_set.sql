with structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

conversions as (
    select * from {{ ref('int_conversions') }}
),

referenced_series as (
    select * from {{ ref('int_referenced_series') }}
),

image_series as (
    select * from {{ ref('int_image_series') }}
),

rois as (
    select distinct
        structure_set_key,
        coalesce(cast(ROINumber as string), stated_roi_number) as roi_number_key
    from {{ ref('int_rois') }}
),

contours as (
    select
        *,
        coalesce(cast(ROINumber as string), stated_roi_number) as roi_number_key
    from {{ source_model('roi_contours') }}
),

licenses as (
    select * from {{ ref('licenses') }}
),

owners_of_series as (
    select SeriesInstanceUID
    from structure_sets
    group by SeriesInstanceUID
    having count(distinct coalesce(collection_id, '') || '|' || coalesce(PatientID, '')) > 1
),

shared_series as (
    select
        structure_sets.structure_set_key,
        'shared_series' as finding_code,
        structure_sets.SeriesInstanceUID as detail
    from structure_sets
    inner join owners_of_series
        on structure_sets.SeriesInstanceUID = owners_of_series.SeriesInstanceUID
),

series_per_set as (
    select
        structure_set_key,
        count(distinct referenced_SeriesInstanceUID) as series_count
    from conversions
    where referenced_SeriesInstanceUID is not null
    group by structure_set_key
),

images_per_set as (
    select
        structure_set_key,
        cast(sum(referenced_instance_count) as int64) as image_count,
        cast(sum(present_instance_count) as int64) as present_image_count
    from referenced_series
    group by structure_set_key
),

-- codes of int_conversions: no_rois, no_contours, open_contours_only, reference_unknown,
-- no_reference, image_absent, patient_mismatch, frame_of_reference_mismatch, image_not_placed
not_convertible as (
    select distinct
        structure_set_key,
        reason_code as finding_code,
        referenced_SeriesInstanceUID as detail
    from conversions
    where reason_code is not null
),

reference_by_frame_only as (
    select distinct
        structure_set_key,
        'reference_by_frame_only' as finding_code,
        referenced_SeriesInstanceUID as detail
    from conversions
    where evidence = 'frame_of_reference'
),

several_image_series as (
    select
        structure_set_key,
        'several_image_series' as finding_code,
        cast(series_count as string) || ' series' as detail
    from series_per_set
    where series_count > 1
),

images_missing as (
    select
        structure_set_key,
        'images_missing' as finding_code,
        cast(image_count - present_image_count as string)
        || ' of ' || cast(image_count as string) || ' images' as detail
    from images_per_set
    where present_image_count > 0 and present_image_count < image_count
),

stated_licenses as (
    select
        structure_set_key,
        license_short_name
    from structure_sets

    union all

    select
        conversions.structure_set_key,
        image_series.license_short_name
    from conversions
    inner join image_series
        on conversions.referenced_SeriesInstanceUID = image_series.SeriesInstanceUID
),

-- one that is not in the table may forbid anything
non_commercial as (
    select distinct
        stated_licenses.structure_set_key,
        'non_commercial' as finding_code,
        stated_licenses.license_short_name as detail
    from stated_licenses
    left join licenses
        on {{ license_family('stated_licenses.license_short_name') }} = licenses.license
    where
        stated_licenses.license_short_name is not null
        and not coalesce(licenses.allows_commerce, false)
),

orphan_contours as (
    select
        contours.structure_set_key,
        'orphan_contours' as finding_code,
        cast(contours.contour_count as string)
        || case
            when contours.stated_roi_number is null then ' contours without ReferencedROINumber'
            else ' contours of ROI ' || contours.stated_roi_number
        end as detail
    from contours
    left join rois
        on
            contours.structure_set_key = rois.structure_set_key
            and contours.roi_number_key = rois.roi_number_key
    where rois.structure_set_key is null and contours.contour_count > 0
),

final as (
    select * from not_convertible
    union all
    select * from reference_by_frame_only
    union all
    select * from several_image_series
    union all
    select * from images_missing
    union all
    select * from non_commercial
    union all
    select * from orphan_contours
    union all
    select * from shared_series
)

select * from final
