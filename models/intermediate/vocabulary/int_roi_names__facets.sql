{#- The smallest vocabulary that is right: a few names exactly as TG-263 spells them. -#}
{%- set names = {
    'Lung_L': ['Lung', 'L'],
    'Lung_R': ['Lung', 'R'],
    'Lungs': ['Lung', 'B'],
    'Heart': ['Heart', none],
    'SpinalCord': ['SpinalCord', none],
    'Esophagus': ['Esophagus', none],
} %}
{%- set known = names.keys() | list + ['GTV', 'CTV', 'PTV'] %}
with names as (
    select * from {{ ref('int_roi_names') }}
),

final as (
    select
        ROIName,
        case
            when ROIName in {{ quoted_list(names) }} then 'ANATOMY'
            when ROIName in ('GTV', 'CTV', 'PTV') then 'TARGET'
            else 'UNKNOWN'
        end as roi_class,
        case ROIName
            {% for name, facets in names.items() -%}
            when '{{ name }}' then '{{ facets[0] }}'
            {% endfor %}
        end as structure,
        case ROIName
            {% for name, facets in names.items() if facets[1] -%}
            when '{{ name }}' then '{{ facets[1] }}'
            {% endfor %}
        end as laterality,
        case when ROIName in {{ quoted_list(names) }} then ROIName end as tg263_name,
        case when ROIName in ('GTV', 'CTV', 'PTV') then ROIName end as target_type,
        cast(null as string) as target_part,
        cast(null as string) as target_index,
        cast(null as {{ type_double() }}) as dose_gy,
        cast(null as {{ type_double() }}) as margin_mm,
        cast(null as string) as operation,
        cast(null as string) as operand,
        cast(null as string) as language,
        case
            when ROIName in {{ quoted_list(known) }} then 'exact'
        end as match_rule,
        case
            when ROIName in {{ quoted_list(known) }} then 'A'
        end as confidence,
        cast(null as string) as candidates,
        {% for facet in ['property_category', 'property_type', 'modifier'] -%}
        {% for part in ['code', 'scheme', 'meaning'] -%}
        cast(null as string) as {{ facet }}_{{ part }},
        {% endfor -%}
        {% endfor -%}
        cast(null as boolean) as in_dicom_cid,
        cast(null as string) as FMAID,
        cast(null as string) as conflict
    from names
)

select * from final
