with instances as (
    select * from {{ source_model('image_instances') }}
),

parts as (
    select * from {{ source_model('stack_parts') }}
),

stacks as (
    select * from {{ source_model('image_stacks') }}
),

-- images whose frames are one stack; those of several are in none alone
frames_of_one as (
    select SeriesInstanceUID
    from stacks
    where instance_count = 1
    group by SeriesInstanceUID
    having count(*) = 1
),

numbered as (
    select
        instances.*,
        -- a series that was not parted is one stack
        coalesce(
            parts.stack_number,
            case
                when instances.is_placed or frames_of_one.SeriesInstanceUID is not null then 1
            end
        ) as stack_number
    from instances
    left join parts on instances.SOPInstanceUID = parts.SOPInstanceUID
    left join frames_of_one on instances.SeriesInstanceUID = frames_of_one.SeriesInstanceUID
),

final as (
    select {{ own_columns() }}
    from numbered
)

select * from final
