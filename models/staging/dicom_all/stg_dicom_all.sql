{#- The only reader of dicom_all: BigQuery bills the columns that are named here, once a refresh, and nothing
    else. Everything after reads this table. -#}
{{ config(materialized='table') }}

with source as (
    select * from {{ source('idc', 'dicom_all') }}
    {%- if var('source') == 'idc' %}
        where
            access = 'Public'
            {%- if var('idc_collections') %}
                and collection_id in ('{{ var("idc_collections") | join("', '") }}')
            {%- endif %}
    {%- endif %}
),

{% if var('source') == 'idc' -%}
patients as (
    select distinct
        collection_id,
        PatientID
    from source
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),
{%- else -%}
-- a file that was copied is read once: the copy whose path sorts first
copies as (
    select
        SOPInstanceUID,
        count(*) as copy_count,
        min(file_path || coalesce('/' || archive_member, '')) as first_location
    from source
    group by SOPInstanceUID
    having count(*) > 1
),
{%- endif %}

final as (
    select
        ---------- identity
        source.collection_id,
        source.analysis_result_id,
        source.PatientID,
        source.StudyInstanceUID,
        source.SeriesInstanceUID,
        source.SOPInstanceUID,
        source.SOPClassUID,
        source.Modality,
        source.FrameOfReferenceUID,

        ---------- description
        nullif(source.SeriesDescription, '') as SeriesDescription,
        nullif(source.StructureSetLabel, '') as StructureSetLabel,
        nullif(source.StructureSetName, '') as StructureSetName,
        source.StructureSetDate,
        nullif(source.ApprovalStatus, '') as ApprovalStatus,
        nullif(source.Manufacturer, '') as Manufacturer,
        nullif(source.ManufacturerModelName, '') as ManufacturerModelName,

        ---------- image geometry
        source.{{ adapter.quote('Rows') }},
        source.{{ adapter.quote('Columns') }},
        source.PixelSpacing,
        source.ImagePositionPatient,
        source.ImageOrientationPatient,
        source.NumberOfFrames,
        source.InstanceNumber,
        source.ImageType,

        ---------- storage and terms
        source.crdc_series_uuid,
        source.aws_bucket,
        source.instance_size,
        source.instance_hash,
        source.series_init_idc_version,
        source.series_revised_idc_version,
        source.license_short_name,
        source.Source_DOI as source_DOI,

        ---------- structure sets
        source.StructureSetROISequence,
        source.RTROIObservationsSequence,
        source.ReferencedFrameOfReferenceSequence,
    {%- if var('source') == 'idc' and var('idc_contours') %}
        source.ROIContourSequence,
    {%- endif %}

        ---------- what only a local index knows
    {%- if var('source') == 'dicom' %}
        source.file_path,
        source.archive_member,
        source.header_hash,
        source.roi_contours,
        coalesce(copies.copy_count, 1) as copy_count
    {%- else %}
        cast(null as string) as file_path,
        cast(null as string) as archive_member,
        cast(null as string) as header_hash,
        cast(1 as int64) as copy_count
    {%- endif %}
    from source
    {%- if var('source') == 'idc' %}
        -- only patients with a structure set: a reference crosses studies, never patients
        inner join patients
            on
                source.collection_id = patients.collection_id
                and source.PatientID = patients.PatientID
    {%- else %}
        left join copies on source.SOPInstanceUID = copies.SOPInstanceUID
        where
            copies.SOPInstanceUID is null
            or copies.first_location = source.file_path || coalesce('/' || source.archive_member, '')
    {%- endif %}
)

select * from final
