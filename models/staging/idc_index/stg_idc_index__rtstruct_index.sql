{% if var('rtstruct_index_parquet') %}
with source as (
    select * from {{ source('idc_index', 'rtstruct_index') }}
),

final as (
    select
        SeriesInstanceUID,
        total_rois,
        ROINames,
        ROIGenerationAlgorithms,
        RTROIInterpretedTypes,
        referenced_SeriesInstanceUID
    from source
)
{% else %}
-- not downloaded: of the ROIs nothing is known
with final as (
    select
        cast(null as string) as SeriesInstanceUID,
        cast(null as int64) as total_rois,
        split(cast(null as string), ',') as ROINames,
        split(cast(null as string), ',') as ROIGenerationAlgorithms,
        split(cast(null as string), ',') as RTROIInterpretedTypes,
        cast(null as string) as referenced_SeriesInstanceUID
    from {{ source('idc_index', 'idc_index') }}
    where false
)
{% endif %}

select * from final
