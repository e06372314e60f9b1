-- Which files must be read. From: roots (those to forget among them), found, old_rows, old_files.
-- To: here, standing, to_read.

-- One row per file found under the roots of this run; of nested roots the first one named counts.
create table here as
select
    found.file_path,
    any_value(found.file_size) as file_size,
    any_value(found.file_mtime_ns) as file_mtime_ns,
    min_by(roots.collection_id, root) as collection_id,
    min_by(roots.collection_name, root) as collection_name,
from found
join roots using (root)
group by found.file_path;

-- One row per file whose rows stand: not under the roots of this run, or still as it was.
create table standing as
select file_path, file_mtime_ns
from (
    select file_path, file_mtime_ns from old_rows
    union
    select file_path, file_mtime_ns from old_files
) as known
where not exists (from roots where starts_with(known.file_path || '/', roots.prefix))
union
select file_path, file_mtime_ns
from here
join old_files using (file_path, file_size, file_mtime_ns)
where archive_member is null
    and not list_contains(getvariable('retried'), coalesce(code, ''))
    and not getvariable('is_outdated');

-- A duplicate whose twin is gone, or a file whose row got lost, must be read again.
delete from standing
where file_path in (
    select file_path
    from old_files
    semi join here using (file_path)
    where SOPInstanceUID is not null
        and SOPInstanceUID not in (
            select SOPInstanceUID from old_rows semi join standing using (file_path, file_mtime_ns)
        )
);

create table to_read as
select file_path, file_size, file_mtime_ns
from here
anti join standing using (file_path);
