-- How often each mask was compared, and how well it agreed at worst.
select conversion_id, ROINumber, count(*) as comparisons, min(dice) as lowest_dice
from (
    select a_conversion_id as conversion_id, a_ROINumber as ROINumber, dice
    from registry.agreements
    union all
    select b_conversion_id, b_ROINumber, dice
    from registry.agreements
)
where conversion_id is not null and dice is not null
group by conversion_id, ROINumber
