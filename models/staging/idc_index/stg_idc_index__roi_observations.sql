-- IDC's index does not keep observations
with series as (
    select * from {{ source('idc_index', 'idc_index') }}
),

final as (
    select
        SeriesInstanceUID as structure_set_key,
        cast(null as int64) as observation_position,
        cast(null as string) as stated_roi_number,
        cast(null as int64) as ROINumber,
        cast(null as string) as RTROIInterpretedType,
        cast(null as string) as CodeValue,
        cast(null as string) as CodingSchemeDesignator,
        cast(null as string) as CodeMeaning
    from series
    where false
)

select * from final
