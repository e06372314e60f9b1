{%- set parts = rtstruct.roi_rewrites_in_parts(
    ['unambiguous', 'spelled_out', 'cut_short', 'joined', 'text']
) -%}

with names as (
    select ROIName
    from {{ ref('int_roi_names') }}
),

folded_names as (
    select
        ROIName,
        {{ rtstruct.roi_name_folded('ROIName') }} as folded
    from names
),

lower_names as (
    select
        ROIName,
        {{ rtstruct.roi_name_lower(rtstruct.recomposed('folded')) }} as lowered
    from folded_names
),

rewritten_0 as (
    select
        ROIName,
        lowered as written
    from lower_names
),

{% for replacements in parts %}
rewritten_{{ loop.index }} as (
    select
        ROIName,
        {{ rtstruct.replace_each('written', replacements) }} as written
    from rewritten_{{ loop.index0 }}
),
{% endfor %}

texts as (
    select
        ROIName,
        {{ rtstruct.roi_name_parted_sides('written') }} as name_text
    from rewritten_{{ parts | length }}
),

tokens as (
    select
        texts.ROIName,
        token_offset + 1 as position,
        token
    from {{ rtstruct.unnested(
        'texts',
        token=rtstruct.regex_extract_all('texts.name_text', rtstruct.roi_token_pattern()),
        offset='token_offset',
    ) }}
),

final as (
    select
        ROIName,
        position,
        token,
        lead(token) over (partition by ROIName order by position) as next_token
    from tokens
)

select * from final
