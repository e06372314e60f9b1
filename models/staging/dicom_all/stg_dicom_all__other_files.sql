{%- set files = source('index', 'dicom_all_files') %}
{% if var('source') == 'dicom' and source_is_present(files) -%}
with files as (
    select * from {{ files }}
),

final as (
    select
        SOPInstanceUID,
        outcome,
        file_path,
        archive_member
    from files
    where outcome in ('duplicate', 'conflict')
)
{%- else -%}
-- IDC holds every instance once
with instances as (
    select * from {{ ref('stg_dicom_all') }}
),

final as (
    select
        SOPInstanceUID,
        cast(null as string) as outcome,
        file_path,
        archive_member
    from instances
    where false
)
{%- endif %}

select * from final
