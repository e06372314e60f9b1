{%- set mask_notes = source('registry', 'mask_notes') %}
with registry_mask_notes as (
    {% if source_is_present(mask_notes) %}
    select * from {{ mask_notes }}
    {% else %}
    {{ no_rows() }}
    {% endif %}
),

final as (
    select {{ own_columns() }}
    from registry_mask_notes
)

select * from final
