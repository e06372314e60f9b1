{%- set mask_overlaps = source('registry', 'mask_overlaps') %}
with registry_mask_overlaps as (
    {% if source_is_present(mask_overlaps) %}
    select * from {{ mask_overlaps }}
    {% else %}
    {{ no_rows() }}
    {% endif %}
),

final as (
    select {{ own_columns() }}
    from registry_mask_overlaps
)

select * from final
