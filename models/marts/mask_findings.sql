with masks as (
    select * from {{ ref('stg_registry__masks') }}
),

structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

notes as (
    select * from {{ ref('stg_registry__mask_notes') }}
),

{% for topic in ['side', 'shape', 'volume', 'overlap'] %}
{{ topic }}_findings as (
    select * from {{ ref('int_mask_findings__' ~ topic) }}
),

{% endfor %}
codes as (
    select * from {{ ref('codes') }}
),

exceptions as (
    select * from {{ ref('finding_exceptions') }}
),

found as (
    select
        conversion_id,
        ROINumber,
        note_code as finding_code,
        detail
    from notes
    {% for topic in ['side', 'shape', 'volume', 'overlap'] %}
    union all
    select
        conversion_id,
        ROINumber,
        finding_code,
        detail
    from {{ topic }}_findings
    {% endfor %}
),

final as (
    select
        found.finding_code,
        codes.severity,
        masks.path as mask,
        masks.sha256 as mask_sha256,
        masks.conversion_id,
        masks.structure_set_key,
        structure_sets.collection_id,
        structure_sets.PatientID,
        structure_sets.SOPInstanceUID,
        masks.referenced_SeriesInstanceUID,
        masks.stack_number,
        masks.ROINumber,
        masks.ROIName,
        found.detail,
        {{ idc_version() }}
    from found
    inner join masks
        on
            found.conversion_id = masks.conversion_id
            and found.ROINumber = masks.ROINumber
    inner join codes on found.finding_code = codes.code
    left join structure_sets on masks.structure_set_key = structure_sets.structure_set_key
    left join exceptions
        on
            found.finding_code = exceptions.finding_code
            and structure_sets.SOPInstanceUID = exceptions.SOPInstanceUID
            and (exceptions.ROINumber is null or found.ROINumber = exceptions.ROINumber)
    where exceptions.finding_code is null
)

select * from final
