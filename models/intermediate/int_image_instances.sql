with instances as (
    select * from {{ source_model('image_instances') }}
),

parts as (
    select * from {{ source_model('stack_parts') }}
),

numbered as (
    select
        instances.*,
        -- a series that was not parted is one stack
        coalesce(parts.stack_number, case when instances.is_placed then 1 end) as stack_number
    from instances
    left join parts on instances.SOPInstanceUID = parts.SOPInstanceUID
),

final as (
    select {{ own_columns() }}
    from numbered
)

select * from final
