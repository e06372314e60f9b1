{#- The only reader of dicom_all. For IDC a table: BigQuery bills the columns that are named here,
    once a refresh, and nothing else. An index of your own is a file of columns, free to read. -#}
{%- set is_local = var('source') == 'dicom' %}
{{ config(materialized='view' if is_local else 'table') }}

with dicom_all as (
    select * from {{ source('idc', 'dicom_all') }}
),

{% if is_local %}
source as (
    select * from dicom_all
),
{% else %}
public as (
    select * from dicom_all
    where
        access = 'Public'
        {% if var('idc_collections') %}
        and collection_id in {{ quoted_list(var('idc_collections')) }}
        {% endif %}
),

patients as (
    select distinct
        collection_id,
        PatientID
    from public
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

-- only patients with a structure set: a reference crosses studies, never patients
source as (
    select
        public.*,
        cast(null as string) as file_path,
        cast(null as string) as archive_member,
        cast(null as string) as header_hash
    from public
    inner join patients
        on
            public.collection_id = patients.collection_id
            and public.PatientID = patients.PatientID
),
{% endif %}

final as (
    select
        ---------- identity
        collection_id,
        analysis_result_id,
        PatientID,
        StudyInstanceUID,
        SeriesInstanceUID,
        SOPInstanceUID,
        SOPClassUID,
        Modality,
        FrameOfReferenceUID,

        ---------- description
        StructureSetDate,
        nullif(SeriesDescription, '') as SeriesDescription,
        nullif(StructureSetLabel, '') as StructureSetLabel,
        nullif(StructureSetName, '') as StructureSetName,
        nullif(ApprovalStatus, '') as ApprovalStatus,
        nullif(Manufacturer, '') as Manufacturer,
        nullif(ManufacturerModelName, '') as ManufacturerModelName,

        ---------- image geometry
        {{ adapter.quote('Rows') }},
        {{ adapter.quote('Columns') }},
        PixelSpacing,
        ImagePositionPatient,
        ImageOrientationPatient,
        NumberOfFrames,
        InstanceNumber,
        ImageType,

        ---------- what tells acquisitions in one series apart
        SliceThickness,
        AcquisitionNumber,
        TemporalPositionIdentifier,
        TemporalPositionIndex,
        EchoTime,
        DiffusionBValue,
        TriggerTime,
        AcquisitionTime,
        ConvolutionKernel,
        ContentTime,

        ---------- storage and terms
        crdc_series_uuid,
        aws_bucket,
        instance_size,
        instance_hash,
        series_init_idc_version,
        series_revised_idc_version,
        license_short_name,
        {{ adapter.quote('Source_DOI') }} as {{ adapter.quote('source_DOI') }},

        ---------- structure sets
        StructureSetROISequence,
        RTROIObservationsSequence,
        ReferencedFrameOfReferenceSequence,
        ReferencedSeriesSequence,

        ---------- segmentations
        SegmentationType,
        SegmentSequence,

        {% if is_local %}
        roi_contours,
        frame_stacks,
        registrations,
        {% elif var('idc_contours') %}
        ROIContourSequence,
        {% endif %}

        ---------- what only a local index knows
        file_path,
        archive_member,
        header_hash
    from source
    -- stg_dicom_all__unidentified_files tells of the others
    where SeriesInstanceUID is not null
)

select * from final
