{%- set masks = source('registry', 'masks') %}
with registry_masks as (
    {% if source_is_present(masks) %}
    select * from {{ masks }}
    {% else %}
    {{ no_rows() }}
    {% endif %}
),

final as (
    select {{ own_columns() }}
    from registry_masks
)

select * from final
