with names as (
    select ROIName from {{ ref('int_cohort_names') }}
),

texts as (
    select reads_as from {{ ref('int_cohort_texts') }}
),

final as (
    select ROIName from names
    union distinct
    select reads_as as ROIName from texts
)

select * from final
