with structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

file_findings as (
    select * from {{ ref('int_findings__file') }}
),

structure_set_findings as (
    select * from {{ ref('int_findings__structure_set') }}
),

roi_findings as (
    select * from {{ ref('int_findings__roi') }}
),

image_series_findings as (
    select * from {{ ref('int_findings__image_series') }}
),

codes as (
    select * from {{ ref('codes') }}
),

exceptions as (
    select * from {{ ref('finding_exceptions') }}
),

-- only a finding of a ROI names one
found as (
    select
        structure_set_key,
        ROINumber,
        roi_position,
        finding_code,
        detail
    from roi_findings
    {% for scope in ['file', 'structure_set', 'image_series'] %}
    union all
    select
        structure_set_key,
        cast(null as int64) as ROINumber,
        cast(null as int64) as roi_position,
        finding_code,
        detail
    from {{ scope }}_findings
    {% endfor %}
),

final as (
    select
        found.finding_code,
        codes.severity,
        found.structure_set_key,
        structure_sets.collection_id,
        structure_sets.SeriesInstanceUID,
        structure_sets.SOPInstanceUID,
        found.ROINumber,
        found.roi_position,
        found.detail,
        {{ idc_version() }}
    from found
    -- a file that is left out of the catalog belongs to no structure set
    left join structure_sets on found.structure_set_key = structure_sets.structure_set_key
    left join codes on found.finding_code = codes.code
    left join exceptions
        on
            found.finding_code = exceptions.finding_code
            and structure_sets.SOPInstanceUID = exceptions.SOPInstanceUID
            and (exceptions.ROINumber is null or found.ROINumber = exceptions.ROINumber)
    where exceptions.finding_code is null
)

select * from final
