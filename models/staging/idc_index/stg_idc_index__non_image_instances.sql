-- IDC's index lists series, not instances
with final as (
    {{ no_rows() }}
)

select * from final
