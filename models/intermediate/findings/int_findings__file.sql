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

unidentified_files as (
    select * from {{ source_model('unidentified_files') }}
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

-- not in the catalog, so that there is no structure set to name
no_series_instance_uid as (
    select
        cast(null as string) as structure_set_key,
        'no_series_instance_uid' as finding_code,
        file_path || coalesce('/' || archive_member, '') as detail
    from unidentified_files
),

final as (
    select * from duplicate_file
    union all
    select * from conflicting_file
    union all
    select * from no_series_instance_uid
)

select * from final
