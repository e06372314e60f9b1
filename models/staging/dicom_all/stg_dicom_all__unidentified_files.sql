-- depends_on: {{ ref('stg_dicom_all') }}, so that an index that cannot be read is told once
{% if var('source') == 'dicom' -%}
with instances as (
    select * from {{ source('idc', 'dicom_all') }}
),
{%- else -%}
-- IDC gives every instance a series
with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where false
),
{%- endif %}

final as (
    select
        collection_id,
        SOPInstanceUID,
        file_path,
        archive_member
    from instances
    where SeriesInstanceUID is null
)

select * from final
