-- Files not under the roots of this run that hold what was found there too: whether they still
-- exist decides which one stands. From: here, standing, old_rows, verdicts. To: known_keys, new_keys,
-- elsewhere.

-- What decides between files of one SOP instance: of the rows that are known, and of those read.
create view known_keys as
select
    SOPInstanceUID,
    file_path,
    archive_member,
    file_mtime_ns,
    coalesce(len(ImagePositionPatient), 0) > 0 as has_position,
    coalesce(instance_hash, header_hash) as content_hash,
from old_rows
semi join standing using (file_path, file_mtime_ns);

-- From the verdicts, which are a sixth of the rows.
create table new_keys as
select SOPInstanceUID, file_path, archive_member, has_position, content_hash
from verdicts
where SOPInstanceUID is not null;

create table elsewhere as
with standing_rows as (
    select SOPInstanceUID, file_path, file_path in (select file_path from here) as is_here
    from known_keys
),

seen as (
    select SOPInstanceUID from standing_rows where is_here
    union
    select SOPInstanceUID from new_keys
)

select distinct file_path
from standing_rows
semi join seen using (SOPInstanceUID)
where not is_here;
