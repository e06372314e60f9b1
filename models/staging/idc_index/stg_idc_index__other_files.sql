-- IDC holds every instance once
with final as (
    {{ no_rows() }}
)

select * from final
