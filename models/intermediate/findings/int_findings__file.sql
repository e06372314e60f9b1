with structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

other_files as (
    select
        structure_sets.structure_set_key,
        other_files.outcome,
        other_files.file_path || coalesce('/' || other_files.archive_member, '') as file_path
    from {{ source_model('other_files') }} as other_files
    inner join structure_sets on other_files.SOPInstanceUID = structure_sets.SOPInstanceUID
),

duplicate_file as (
    select
        structure_set_key,
        'duplicate_file' as finding_code,
        file_path as detail
    from other_files
    where outcome = 'duplicate'
),

conflicting_file as (
    select
        structure_set_key,
        'conflicting_file' as finding_code,
        file_path as detail
    from other_files
    where outcome = 'conflict'
),

final as (
    select * from duplicate_file
    union all
    select * from conflicting_file
)

select * from final
