-- IDC's index does not know contours
with final as (
    {{ no_rows() }}
)

select * from final
