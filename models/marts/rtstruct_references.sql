with resolved as (
    select * from {{ ref('int_references') }}
),

structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

image_series as (
    select * from {{ ref('int_image_series') }}
),

final as (
    select
        resolved.structure_set_key,
        structure_sets.collection_id,
        structure_sets.PatientID,
        structure_sets.StudyInstanceUID,
        structure_sets.SeriesInstanceUID,
        structure_sets.SOPInstanceUID,
        resolved.referenced_SeriesInstanceUID,
        image_series.StudyInstanceUID as referenced_StudyInstanceUID,
        image_series.Modality as referenced_Modality,
        resolved.evidence,
        resolved.referenced_instance_count,
        resolved.present_instance_count,
        {{ idc_version() }}
    from resolved
    inner join structure_sets on resolved.structure_set_key = structure_sets.structure_set_key
    left join image_series
        on resolved.referenced_SeriesInstanceUID = image_series.SeriesInstanceUID
)

select * from final
