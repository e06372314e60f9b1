-- What is not convertible has a row and a reason, too.
with structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

worklist as (
    select distinct structure_set_key
    from {{ ref('conversion_worklist') }}
),

final as (
    select structure_sets.structure_set_key
    from structure_sets
    left join worklist on structure_sets.structure_set_key = worklist.structure_set_key
    where worklist.structure_set_key is null
)

select * from final
