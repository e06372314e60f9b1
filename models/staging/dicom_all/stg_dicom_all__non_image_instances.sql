with instances as (
    select * from {{ ref('stg_dicom_all') }}
),

final as (
    select
        SOPInstanceUID,
        SeriesInstanceUID,
        Modality
    from instances
    where
        {{ adapter.quote('Rows') }} is null
        or Modality in {{ quoted_list(var('non_image_modalities')) }}
)

select * from final
