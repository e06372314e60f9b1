-- the Parquet index of series does not say what is in a Segmentation
with final as (
    {{ no_rows() }}
)

select * from final
