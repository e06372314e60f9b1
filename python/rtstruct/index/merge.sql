-- The next state. From: roots, here, standing, gone, old_rows, old_files, known_keys, new_rows,
-- new_keys, verdicts.
-- To: winners, next_files, files_here (those under the roots of this run), next_rows.

-- One row per SOP instance: the file that stands for it, whatever came first. A copy that lost its
-- position in a broken transfer stands only where there is no better; then the first path does. What
-- is gone from the disk stands for nothing.
delete from standing where file_path in (select file_path from gone);

create table winners as
select SOPInstanceUID, file_path, archive_member, content_hash
from (
    select * exclude (file_mtime_ns) from known_keys
    union all by name
    select * from new_keys
)
qualify row_number() over (
    partition by SOPInstanceUID order by not has_position, file_path, archive_member nulls first
) = 1;

-- A file is forgotten where its row, or its twin's, was lost with a folder not looked at now.
create table next_files as
with met as (
    select old_files.* from old_files semi join standing using (file_path)
    union
    select * exclude (has_position) from verdicts
)

select
    met.* replace (
        case
            when met.SOPInstanceUID is null then outcome
            when winners.SOPInstanceUID is null then 'forgotten'
            when is_winner then 'indexed'
            when met.content_hash = winners.content_hash then 'duplicate'
            else 'conflict'
        end as outcome,
        case
            when winners.SOPInstanceUID is null or is_winner then reason
            else 'It has the SOPInstanceUID of ' || winners.file_path
                || coalesce(' (' || winners.archive_member || ')', '')
                || if(met.content_hash = winners.content_hash, '', ' but other content')
        end as reason
    )
from met
left join winners on met.SOPInstanceUID = winners.SOPInstanceUID,
lateral (
    select
        met.file_path = winners.file_path
        and met.archive_member is not distinct from winners.archive_member as is_winner
)
order by met.file_path, met.archive_member nulls first;

create view files_here as
from next_files
where exists (from roots where starts_with(next_files.file_path || '/', roots.prefix));

-- Not sorted: sorting rows as wide as these would take memory in proportion to the index.
create view next_rows as
with known as (
    select old_rows.* from old_rows semi join standing using (file_path, file_mtime_ns)
    union all by name
    select * from new_rows
),

final as (
    select
        known.* replace (
            coalesce(here.collection_id, known.collection_id) as collection_id,
            coalesce(here.collection_name, known.collection_name) as collection_name
        )
    from known
    semi join winners
        on known.file_path = winners.file_path
        and known.archive_member is not distinct from winners.archive_member
    left join here on known.file_path = here.file_path
)

select * from final;
