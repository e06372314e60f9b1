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

unambiguous_names as (
    select
        ROIName,
        {{ rtstruct.replace_each('lowered', rtstruct.roi_rewrites('unambiguous')) }} as unambiguous
    from lower_names
),

spelled_names as (
    select
        ROIName,
        {{ rtstruct.replace_each('unambiguous', rtstruct.roi_rewrites('spelled_out')) }} as spelled
    from unambiguous_names
),

full_names as (
    select
        ROIName,
        {{ rtstruct.replace_each('spelled', rtstruct.roi_rewrites('cut_short')) }} as full_name
    from spelled_names
),

joined_names as (
    select
        ROIName,
        {{ rtstruct.replace_each('full_name', rtstruct.roi_rewrites('joined')) }} as joined
    from full_names
),

plain_names as (
    select
        ROIName,
        {{ rtstruct.replace_each('joined', rtstruct.roi_rewrites('text')) }} as plain
    from joined_names
),

texts as (
    select
        ROIName,
        {{ rtstruct.roi_name_parted_sides('plain') }} as name_text
    from plain_names
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
