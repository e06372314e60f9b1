{{ config(materialized='table') }}

with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where Modality in {{ quoted_list(var('volume_modalities')) }}
),

-- IDC's series are fetched one by one, each by an identifier of its own
series as (
    select SeriesInstanceUID
    from instances
    where {{ 'SeriesInstanceUID is not null' if var('source') == 'dicom' else 'false' }}
    group by SeriesInstanceUID
    having count(*) = 1
),

slices as (
    select
        instances.PatientID,
        instances.StudyInstanceUID,
        instances.SeriesInstanceUID,
        instances.FrameOfReferenceUID,
        instances.Modality,
        instances.SOPClassUID,
        instances.{{ adapter.quote('Rows') }},
        instances.{{ adapter.quote('Columns') }},
        {{ array_text('instances.ImagePositionPatient') }} as position_text,
        {{ array_text('instances.ImageOrientationPatient') }} as orientation_text,
        {{ array_text('instances.PixelSpacing') }} as spacing_text
    from instances
    inner join series on instances.SeriesInstanceUID = series.SeriesInstanceUID
    where
        coalesce({{ safe_int('instances.NumberOfFrames') }}, 1) = 1
        and not coalesce(
            ',' || {{ array_text('instances.ImageType') }} || ',' like '%,LOCALIZER,%', false
        )
),

positions as (
    select
        coalesce(PatientID, '') as patient_key,
        StudyInstanceUID,
        FrameOfReferenceUID,
        Modality,
        SOPClassUID,
        {{ adapter.quote('Rows') }},
        {{ adapter.quote('Columns') }},
        orientation_text,
        spacing_text,
        position_text,
        min(SeriesInstanceUID) as first_SeriesInstanceUID,
        count(*) as copies
    from slices
    where FrameOfReferenceUID is not null and position_text is not null
    group by
        coalesce(PatientID, ''),
        StudyInstanceUID,
        FrameOfReferenceUID,
        Modality,
        SOPClassUID,
        {{ adapter.quote('Rows') }},
        {{ adapter.quote('Columns') }},
        orientation_text,
        spacing_text,
        position_text
),

-- maps of one slice, each in a series of its own, lie at one position: they are no volume; several
-- acquisitions of one volume have all positions equally often, and are parted like any series
volumes as (
    select
        patient_key,
        StudyInstanceUID,
        FrameOfReferenceUID,
        Modality,
        SOPClassUID,
        {{ adapter.quote('Rows') }},
        {{ adapter.quote('Columns') }},
        orientation_text,
        spacing_text,
        min(first_SeriesInstanceUID) as volume_SeriesInstanceUID,
        cast(sum(copies) as int64) as series_count
    from positions
    group by
        patient_key,
        StudyInstanceUID,
        FrameOfReferenceUID,
        Modality,
        SOPClassUID,
        {{ adapter.quote('Rows') }},
        {{ adapter.quote('Columns') }},
        orientation_text,
        spacing_text
    having count(*) >= 3 and min(copies) = max(copies)
),

final as (
    select
        slices.SeriesInstanceUID,
        volumes.volume_SeriesInstanceUID,
        volumes.series_count
    from slices
    inner join volumes
        on
            coalesce(slices.PatientID, '') = volumes.patient_key
            and slices.StudyInstanceUID = volumes.StudyInstanceUID
            and slices.FrameOfReferenceUID = volumes.FrameOfReferenceUID
            and slices.Modality = volumes.Modality
            and slices.SOPClassUID = volumes.SOPClassUID
            and slices.{{ adapter.quote('Rows') }} = volumes.{{ adapter.quote('Rows') }}
            and slices.{{ adapter.quote('Columns') }} = volumes.{{ adapter.quote('Columns') }}
            and slices.orientation_text = volumes.orientation_text
            and slices.spacing_text = volumes.spacing_text
)

select * from final
