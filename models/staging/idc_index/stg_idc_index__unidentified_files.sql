-- IDC gives every instance a series
with final as (
    {{ no_rows() }}
)

select * from final
