{#- Facets that the codes of a segment can say where its label says nothing. -#}
{%- set coded = {
    'roi_class': "'ANATOMY'",
    'structure': 'coded.structure',
    'laterality': 'coded.laterality',
    'match_rule': "'segment_code'",
    'confidence': "'A'",
} -%}

with segments as (
    select * from {{ source_model('segments') }}
),

facets as (
    select * from {{ ref('int_cohort_names__facets') }}
    where cohort = 'segments'
),

structure_codes as (
    select * from {{ ref('roi_structure_codes') }}
),

side_codes as (
    select * from {{ ref('roi_side_codes') }}
),

-- a code that several structures share names none of them
structures as (
    select
        type_code,
        min(structure_codes.structure) as structure
    from structure_codes
    group by type_code
    -- the alias would be meant on BigQuery
    having count(distinct structure_codes.structure) = 1
),

coded as (
    select
        segments.SOPInstanceUID,
        segments.SegmentNumber,
        structures.structure,
        side_codes.laterality
    from segments
    inner join structures
        on
            segments.stated_type_code = structures.type_code
            and segments.stated_type_scheme in ('SCT', '99SCT')
    left join side_codes
        on
            segments.stated_modifier_code = side_codes.modifier_code
            and segments.stated_modifier_scheme = side_codes.modifier_scheme
),

final as (
    select
        segments.collection_id,
        segments.PatientID,
        segments.StudyInstanceUID,
        segments.SeriesInstanceUID,
        segments.SOPInstanceUID,
        segments.SegmentNumber,
        segments.SegmentLabel,
        segments.SegmentDescription,
        segments.SegmentAlgorithmType,
        segments.SegmentAlgorithmName,
        segments.SegmentationType,
        segments.FrameOfReferenceUID,
        segments.referenced_SeriesInstanceUID,
        segments.stated_category_code,
        segments.stated_category_scheme,
        segments.stated_category_meaning,
        segments.stated_type_code,
        segments.stated_type_scheme,
        segments.stated_type_meaning,
        segments.stated_modifier_code,
        segments.stated_modifier_scheme,
        segments.stated_modifier_meaning,
        segments.stated_region_code,
        segments.stated_region_scheme,
        segments.stated_region_meaning,
        segments.crdc_series_uuid,
        segments.aws_bucket,
        segments.license_short_name,
        segments.source_DOI,
        segments.file_path,
        segments.archive_member,
        {% for facet in facet_columns() -%}
        {% if facet in coded -%}
        case
            when coded.structure is not null and coalesce(facets.roi_class, 'UNKNOWN') = 'UNKNOWN'
                then {{ coded[facet] }}
            else facets.{{ facet }}
        end as {{ facet }},
        {% else -%}
        facets.{{ facet }},
        {% endif -%}
        {% endfor -%}
        case
            when facets.structure != coded.structure
                then 'the label means ' || facets.structure || ', the code ' || coded.structure
            when
                facets.laterality in ('L', 'R')
                and coded.laterality in ('L', 'R')
                and facets.laterality != coded.laterality
                then 'the label says ' || facets.laterality || ', the code ' || coded.laterality
        end as conflict,
        {{ idc_version() }}
    from segments
    left join facets on segments.SegmentLabel = facets.ROIName
    left join coded
        on
            segments.SOPInstanceUID = coded.SOPInstanceUID
            and segments.SegmentNumber = coded.SegmentNumber
)

select * from final
