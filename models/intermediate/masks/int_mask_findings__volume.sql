with masks as (
    select * from {{ ref('int_masks') }}
    where roi_class = 'ANATOMY' and mask_volume_mL > 0 and structure is not null
),

logarithms as (
    select
        conversion_id,
        ROINumber,
        mask_volume_mL,
        structure || ' ' || coalesce(laterality, '') as kind,
        ln(mask_volume_mL) as volume_ln
    from masks
),

centred as (
    select
        *,
        count(*) over (partition by kind) as mask_count,
        volume_ln - {{ median_over('volume_ln', 'kind') }} as deviation
    from logarithms
),

scaled as (
    select
        *,
        abs(deviation) as distance,
        {{ median_over('abs(deviation)', 'kind') }} as spread
    from centred
),

final as (
    select
        conversion_id,
        ROINumber,
        'unusual_volume' as finding_code,
        cast(round(mask_volume_mL, 1) as string) || ' mL, the median of '
        || cast(mask_count as string) || ' masks is '
        || cast(round(mask_volume_mL / exp(deviation), 1) as string) || ' mL' as detail
    from scaled
    -- the modified z-score of Iglewicz and Hoaglin (1993); organs differ by a tenth at least
    where mask_count >= 10 and 0.6745 * distance > 3.5 * greatest(spread, 0.1)
)

select * from final
