{{ config(materialized='table') }}

with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where
        {{ adapter.quote('Rows') }} is not null
        and Modality not in {{ quoted_list(var('non_image_modalities')) }}
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
normals as (
    select
        *,
        row_y * column_z - row_z * column_y as normal_x,
        row_z * column_x - row_x * column_z as normal_y,
        row_x * column_y - row_y * column_x as normal_z
    from numbers
),

final as (
    select
        collection_id,
        PatientID,
        StudyInstanceUID,
        SeriesInstanceUID,
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
        coalesce({{ array_item('ImageType', 2) }} = 'LOCALIZER', false) as is_localizer,
        row_spacing_mm,
        column_spacing_mm,
        normal_x,
        normal_y,
        normal_z,
        position_x * normal_x
        + position_y * normal_y
        + position_z * normal_z as position_mm,
        position_x * row_x
        + position_y * row_y
        + position_z * row_z as row_offset_mm,
        position_x * column_x
        + position_y * column_y
        + position_z * column_z as column_offset_mm,
        instance_size,
        crdc_series_uuid,
        aws_bucket,
        license_short_name,
        source_DOI,
        file_path,
        archive_member,
        header_hash
    from normals
)

select * from final
