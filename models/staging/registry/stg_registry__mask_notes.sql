{%- set mask_notes = source('registry', 'mask_notes') %}
with registry_mask_notes as (
    {% if source_is_present(mask_notes) %}
    select * from {{ mask_notes }}
    {% else %}
    select
        cast(null as {{ dbt.type_string() }}) as structure_set_key,
        cast(null as {{ dbt.type_string() }}) as referenced_SeriesInstanceUID,
        cast(null as int64) as ROINumber,
        cast(null as {{ dbt.type_string() }}) as note_code,
        cast(null as {{ dbt.type_string() }}) as detail
    from (select 1 as one) as nothing
    where one = 0
    {% endif %}
),

final as (
    select
        structure_set_key,
        referenced_SeriesInstanceUID,
        ROINumber,
        note_code,
        detail
    from registry_mask_notes
)

select * from final
