{{ config(materialized='table') }}

with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where
        {{ adapter.quote('Rows') }} is not null
        and Modality not in {{ quoted_list(var('non_image_modalities')) }}
),

lone_slices as (
    select * from {{ ref('stg_dicom_all__lone_slices') }}
),

numbers as (
    select
        *,
        {% for axis in ['x', 'y', 'z'] -%}
        {% set place = loop.index0 -%}
        {{ safe_float(array_item('ImagePositionPatient', place)) }} as position_{{ axis }},
        {{ safe_float(array_item('ImageOrientationPatient', place)) }} as row_{{ axis }},
        {{ safe_float(array_item('ImageOrientationPatient', place + 3)) }} as column_{{ axis }},
        {% endfor -%}
        {{ safe_float(array_item('PixelSpacing', 0)) }} as row_spacing_mm,
        {{ safe_float(array_item('PixelSpacing', 1)) }} as column_spacing_mm
    from instances
),

-- the cross product of the two directions in the image points along the stack
crossed as (
    select
        *,
        row_y * column_z - row_z * column_y as cross_x,
        row_z * column_x - row_x * column_z as cross_y,
        row_x * column_y - row_y * column_x as cross_z
    from numbers
),

lengths as (
    select
        *,
        nullif(sqrt(cross_x * cross_x + cross_y * cross_y + cross_z * cross_z), 0) as cross_length
    from crossed
),

-- plus zero, since negative zeros differ between engines
normals as (
    select
        *,
        cross_x / cross_length + 0.0 as normal_x,
        cross_y / cross_length + 0.0 as normal_y,
        cross_z / cross_length + 0.0 as normal_z
    from lengths
),

named as (
    select
        *,
        {{ array_text('ImageType') }} as image_type,
        {{ array_text('ConvolutionKernel') }} as convolution_kernel,
        coalesce(',' || {{ array_text('ImageType') }} || ',' like '%,LOCALIZER,%', false)
            as is_localizer
    from normals
),

final as (
    select
        named.collection_id,
        named.PatientID,
        named.StudyInstanceUID,
        -- slices with a series each go by that of the first
        coalesce(lone_slices.volume_SeriesInstanceUID, named.SeriesInstanceUID)
            as SeriesInstanceUID,
        SOPInstanceUID,
        SOPClassUID,
        Modality,
        FrameOfReferenceUID,
        SeriesDescription,
        Manufacturer,
        ManufacturerModelName,
        {{ adapter.quote('Rows') }},
        {{ adapter.quote('Columns') }},
        {{ safe_int('NumberOfFrames') }} as NumberOfFrames,
        {{ safe_int('InstanceNumber') }} as InstanceNumber,
        image_type as ImageType,
        is_localizer,
        {{ safe_float('SliceThickness') }} as SliceThickness,
        {{ safe_int('AcquisitionNumber') }} as AcquisitionNumber,
        {{ safe_int('TemporalPositionIdentifier') }} as TemporalPositionIdentifier,
        TemporalPositionIndex,
        {{ safe_float('EchoTime') }} as EchoTime,
        DiffusionBValue,
        {{ safe_float('TriggerTime') }} as TriggerTime,
        cast(AcquisitionTime as string) as AcquisitionTime,
        convolution_kernel as ConvolutionKernel,
        cast(ContentTime as string) as ContentTime,
        row_spacing_mm,
        column_spacing_mm,
        row_x,
        row_y,
        row_z,
        column_x,
        column_y,
        column_z,
        normal_x,
        normal_y,
        normal_z,
        position_x is not null and position_y is not null and position_z is not null
        and cross_length is not null
        and row_spacing_mm > 0
        and column_spacing_mm > 0 as is_placed,
        position_x,
        position_y,
        position_z,
        position_x * normal_x
        + position_y * normal_y
        + position_z * normal_z as position_mm,
        position_x * row_x
        + position_y * row_y
        + position_z * row_z as row_offset_mm,
        position_x * column_x
        + position_y * column_y
        + position_z * column_z as column_offset_mm,
        -- as one text, since nearly all series have one value
        {% for name in [
            'PatientID', 'FrameOfReferenceUID', 'SliceThickness', 'AcquisitionNumber',
            'TemporalPositionIdentifier', 'cast(TemporalPositionIndex as string)', 'EchoTime',
            'cast(DiffusionBValue as string)', 'image_type', 'convolution_kernel',
        ] -%}
        coalesce({{ name }}, '') {{ 'as acquisition_label,' if loop.last else "|| ';' ||" }}
        {% endfor -%}
        instance_size,
        crdc_series_uuid,
        aws_bucket,
        license_short_name,
        source_DOI,
        file_path,
        archive_member,
        header_hash
    from named
    left join lone_slices on named.SeriesInstanceUID = lone_slices.SeriesInstanceUID
)

select * from final
