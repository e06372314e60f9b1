-- The next state. From: here, standing, old_rows, old_files, new_rows, new_keys, new_files.
-- To: next_files, files_here (those under the roots of this run), next_rows.

-- One row per SOP instance: the file that stands for it, the first by path whatever came first.
create table winners as
select SOPInstanceUID, file_path, archive_member
from (
    select SOPInstanceUID, file_path, archive_member
    from old_rows
    semi join standing using (file_path, file_mtime_ns)
    union all
    select SOPInstanceUID, file_path, archive_member from new_keys
)
qualify row_number() over (
    partition by SOPInstanceUID
    order by file_path, archive_member nulls first
) = 1;

create table next_files as
with met as (
    select old_files.* from old_files semi join standing using (file_path)
    union all by name
    select * from new_files
)

select
    met.* replace (
        case
            when winners.file_path is null then outcome
            when is_winner then 'indexed'
            else 'duplicate'
        end as outcome,
        case
            when winners.file_path is null or is_winner then reason
            else 'Same SOPInstanceUID as ' || winners.file_path
                || coalesce(' ' || winners.archive_member, '')
        end as reason
    )
from met
left join winners on met.SOPInstanceUID = winners.SOPInstanceUID,
lateral (
    select
        met.file_path = winners.file_path
        and met.archive_member is not distinct from winners.archive_member as is_winner
);

create view files_here as
from next_files
where exists (from roots where starts_with(next_files.file_path || '/', roots.prefix));

create view next_rows as
with merged as (
    select old_rows.* from old_rows semi join standing using (file_path, file_mtime_ns)
    union all by name
    select * from new_rows
),

final as (
    select
        merged.* replace (
            coalesce(here.collection_id, merged.collection_id) as collection_id,
            coalesce(here.collection_name, merged.collection_name) as collection_name
        )
    from merged
    semi join winners
        on merged.file_path = winners.file_path
        and merged.archive_member is not distinct from winners.archive_member
    left join here on merged.file_path = here.file_path
    order by merged.file_path, merged.archive_member nulls first
)

select * from final;
