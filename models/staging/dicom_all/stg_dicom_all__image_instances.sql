{{ config(materialized='table') }}

with instances as (
    select * from {{ ref('stg_dicom_all') }}
    where
        {{ adapter.quote('Rows') }} is not null
        and Modality not in {{ quoted_list(var('non_image_modalities')) }}
),

numbers as (
    select
        SOPInstanceUID,
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
        instances.collection_id,
        instances.PatientID,
        instances.StudyInstanceUID,
        instances.SeriesInstanceUID,
        instances.SOPInstanceUID,
        instances.SOPClassUID,
        instances.Modality,
        instances.FrameOfReferenceUID,
        instances.SeriesDescription,
        instances.Manufacturer,
        instances.ManufacturerModelName,
        instances.{{ adapter.quote('Rows') }},
        instances.{{ adapter.quote('Columns') }},
        {{ safe_int('instances.NumberOfFrames') }} as NumberOfFrames,
        {{ safe_int('instances.InstanceNumber') }} as InstanceNumber,
        coalesce({{ array_item('instances.ImageType', 2) }} = 'LOCALIZER', false) as is_localizer,
        normals.row_spacing_mm,
        normals.column_spacing_mm,
        normals.normal_x,
        normals.normal_y,
        normals.normal_z,
        normals.position_x * normals.normal_x
        + normals.position_y * normals.normal_y
        + normals.position_z * normals.normal_z as position_mm,
        normals.position_x * normals.row_x
        + normals.position_y * normals.row_y
        + normals.position_z * normals.row_z as row_offset_mm,
        normals.position_x * normals.column_x
        + normals.position_y * normals.column_y
        + normals.position_z * normals.column_z as column_offset_mm,
        instances.instance_size,
        instances.crdc_series_uuid,
        instances.aws_bucket,
        instances.license_short_name,
        instances.source_DOI,
        instances.file_path,
        instances.archive_member,
        instances.header_hash,
        instances.copy_count
    from instances
    inner join normals on instances.SOPInstanceUID = normals.SOPInstanceUID
)

select * from final
