with worklist as (
    select * from {{ ref('conversion_worklist') }}
),

final as (
    select
        structure_set_key,
        reason_code
    from worklist
    where
        is_convertible <> (reason is null)
        or (is_convertible and referenced_SeriesInstanceUID is null)
)

select * from final
