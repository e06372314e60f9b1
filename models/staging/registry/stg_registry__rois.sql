{%- set rois = source('registry', 'rois') %}
with registry_rois as (
    {% if source_is_present(rois) %}
    select * from {{ rois }}
    {% else %}
    {{ no_rows() }}
    {% endif %}
),

final as (
    select {{ own_columns() }}
    from registry_rois
)

select * from final
