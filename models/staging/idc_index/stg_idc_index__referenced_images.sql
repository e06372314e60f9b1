-- IDC's index keeps referenced series, not images
with final as (
    {{ no_rows() }}
)

select * from final
