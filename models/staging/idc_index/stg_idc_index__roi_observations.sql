-- IDC's index does not keep observations
with final as (
    {{ no_rows() }}
)

select * from final
