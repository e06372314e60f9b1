-- Files not under the roots of this run that hold what was found there too: whether they still
-- exist decides which one stands. From: roots, here, standing, old_rows, new_keys. To: elsewhere.
create table elsewhere as
with standing_rows as (
    select SOPInstanceUID, file_path, file_path in (select file_path from here) as is_here
    from old_rows
    semi join standing using (file_path, file_mtime_ns)
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
