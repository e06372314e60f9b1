"""The index on disk: what is known already, what is to be read, the old and the new merged.

Two Parquet files: the index, one row per SOP instance, and beside it ``<index>_files.parquet``,
one row per file or archive member that was met. Both are replaced by rename, the index first: if
a run dies in between, the next one reads some files again and ends in the same state.
"""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from rtstruct.atomic_write import sync
from rtstruct.cores import cores
from rtstruct.errors import RtstructError
from rtstruct.index.file_outcomes import RETRIED, FoundFile
from rtstruct.index.schema import column_types
from rtstruct.quoting import for_sql, for_sql_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_FILES_TYPES: Final = {
    "file_path": "VARCHAR",
    "archive_member": "VARCHAR",
    "file_size": "BIGINT",
    "file_mtime_ns": "BIGINT",
    "outcome": "VARCHAR",
    "code": "VARCHAR",
    "reason": "VARCHAR",
    "hint": "VARCHAR",
    "SOPInstanceUID": "VARCHAR",
    "content_hash": "VARCHAR",
}
_VERDICT_TYPES: Final = _FILES_TYPES | {"has_position": "BOOLEAN"}
_KEYS: Final = ("SOPInstanceUID", "file_path", "archive_member", "file_mtime_ns")
"""What both tables have in every version."""
_FOUND_TYPES: Final = {
    "file_path": "VARCHAR",
    "file_size": "BIGINT",
    "file_mtime_ns": "BIGINT",
    "root": "BIGINT",
}
_COUNTS: Final = """
select
    (select count(*) from here) as files,
    (select count(*) from to_read) as files_read,
    (select count(*) from winners) as instances,
    (select count(*) from old_rows anti join winners using (SOPInstanceUID)) as removed,
    (select count(*) from gone) as gone,
    count(*) filter (outcome = 'duplicate') as duplicates,
    count(*) filter (outcome = 'conflict') as conflicts,
    count(*) filter (outcome = 'not_dicom') as not_dicom,
    count(*) filter (code is not null) as problems,
from files_here
"""
_PROBLEMS: Final = """
select file_path, archive_member, outcome, code, reason, hint
from files_here
where code is not null or outcome = 'conflict'
order by file_path, archive_member nulls first
"""
_HAS_CHANGED: Final = {
    "next_rows": """
        (select count(*) from new_keys) > 0
        or (select count(*) from winners) <> (select count(*) from old_rows)
        or exists (
            from old_rows join here using (file_path)
            where old_rows.collection_id is distinct from here.collection_id
                or old_rows.collection_name is distinct from here.collection_name
        )
    """,
    "next_files": """
        (select count(*) from next_files) <> (select count(*) from old_files)
        or exists (from (from next_files except all from old_files))
    """,
}
"""Table -> whether it differs from what is on disk."""
_ROWS_AT_ONCE: Final = 1000
_ROWS_PER_GROUP: Final = 2048
"""What is held in memory while writing: few, since a structure set can be megabytes of text."""
_BYTES_PER_GROUP: Final = 32 << 20
_LEAST_OBJECT_SIZE: Final = 1 << 20
_MEMORY: Final = 512 << 20
"""Bytes that DuckDB may hold, however many files there are, beside rows of the index."""
_MOST_MEMORY: Final = 3 * _MEMORY
_LINES_AT_ONCE: Final = 16
_ROWS_IN_MEMORY: Final = 8 * 2048
"""DuckDB works on 2,048 rows at a time, in several steps at once."""
_MOST_THREADS: Final = 4
"""Each holds rows of its own; to read the files takes longer than to merge what was read."""


@dataclass(frozen=True)
class Root:
    """A folder or file that the user named; ``path`` is absolute."""

    path: str
    collection_name: str

    @property
    def collection_id(self) -> str:
        """The name in lower case, every run of other characters than a-z and 0-9 one underscore."""
        return re.sub("[^a-z0-9]+", "_", self.collection_name.lower()).strip("_") or "dicom"


@dataclass(frozen=True)
class Spool:
    """Newline-delimited JSON on disk, and the length of its longest line in bytes."""

    path: Path
    longest_line: int


def files_table(index: Path) -> Path:
    """Where the table of all files met lies: beside the index."""
    return index.with_name(f"{index.stem}_files.parquet")


class Store:
    """The index of earlier runs and what becomes of it: plan, read, merge, publish.

    ``work`` is a scratch folder on the disk of the index. Raises RtstructError ``not_an_index``
    where a file of that name is none that this version wrote.
    """

    def __init__(self, index: Path, work: Path) -> None:
        self._index = index
        self._files = files_table(index)
        self._work = work
        # Tables of a file, unlike those of a database in memory, need not stay in memory.
        self._database = duckdb.connect(
            str(work / "state.duckdb"),
            config={
                "temp_directory": str(work / "spill"),
                "preserve_insertion_order": False,
                "threads": min(cores(), _MOST_THREADS),
                "memory_limit": f"{_MEMORY}B",
            },
        )
        # Nothing of it is kept: what is never committed need not reach the disk.
        self._database.begin()
        # A join may not choose to hold the wide rows of the index in memory instead of their keys.
        self._database.execute("set disabled_optimizers = 'join_order,build_side_probe_side'")
        self._database.execute("set variable retried = $codes", {"codes": list(RETRIED)})
        is_as_now = [
            self._load_old("old_rows", self._index, column_types()),
            self._load_old("old_files", self._files, _FILES_TYPES),
        ]
        self._is_outdated = not all(is_as_now)
        self._database.execute(f"set variable is_outdated = {self._is_outdated}")

    def close(self) -> None:
        """Let go of the scratch database."""
        self._database.close()

    def knows(self, path: str) -> bool:
        """Whether files at or under this path were indexed."""
        under = "starts_with(file_path || '/', $prefix)"
        query = (
            f"select exists (from old_files where {under}) or exists (from old_rows where {under})"
        )
        ((known,),) = self._database.execute(query, {"prefix": path.rstrip("/") + "/"}).fetchall()
        return bool(known)

    def plan(self, roots: Sequence[Root], found: Spool) -> int:
        """Compare what was found under the roots with what is known; returns how much to read.

        Of a root that was not walked nothing is found: so it is forgotten.
        """
        self._database.execute(
            "create table roots (root bigint, prefix varchar, collection_id varchar,"
            " collection_name varchar)"
        )
        self._database.executemany(
            "insert into roots values (?, ?, ?, ?)",
            [
                [number, root.path.rstrip("/") + "/", root.collection_id, root.collection_name]
                for number, root in enumerate(roots)
            ],
        )
        self._load_spool("found", found, _FOUND_TYPES)
        self._run("plan.sql")
        return self._database.table("to_read").shape[0]

    def to_read(self) -> Iterator[FoundFile]:
        """The files to read, by path."""
        self._database.execute("from to_read order by file_path")
        while rows := self._database.fetchmany(_ROWS_AT_ONCE):
            yield from (FoundFile(*row) for row in rows)

    def merge(self, rows: Spool, verdicts: Spool) -> None:
        """Take in what was read; nothing that others see changes yet."""
        # JSON is read in lines, however little of them is asked for.
        self._database.execute(
            f"set memory_limit = '{_MEMORY + _LINES_AT_ONCE * rows.longest_line}B'"
        )
        self._load_spool("new_rows", rows, column_types())
        self._load_spool("verdicts", verdicts, _VERDICT_TYPES)
        self._run("elsewhere.sql")
        self._database.execute("create table gone (file_path varchar)")
        gone = [path for path in self._paths_elsewhere() if not os.path.lexists(path)]
        self._database.execute("insert into gone select unnest($gone::varchar[])", {"gone": gone})
        self._run("merge.sql")
        self._allow_for_rows(rows.longest_line)

    def publish(self) -> None:
        """Write what changed beside the old files, whole, then put it in their place.

        What is as it was is left alone: the catalog tells by the index's age that it is older.
        """
        places = {"next_rows": self._index, "next_files": self._files}
        changed = [table for table, place in places.items() if self._has_changed(table, place)]
        staged = [(self._write(table, self._work / table), places[table]) for table in changed]
        for written, place in staged:
            written.replace(place)
        if staged:
            sync(self._index.parent)

    def _has_changed(self, table: str, place: Path) -> bool:
        if self._is_outdated or not place.exists():
            return True
        ((changed,),) = self._database.execute(f"select {_HAS_CHANGED[table]}").fetchall()
        return bool(changed)

    def _paths_elsewhere(self) -> Iterator[str]:
        self._database.execute("from elsewhere")
        while rows := self._database.fetchmany(_ROWS_AT_ONCE):
            yield from (path for (path,) in rows)

    def counts(self) -> dict[str, int]:
        """What this run found, and what the index now holds."""
        row = self._database.execute(_COUNTS)
        names = [column[0] for column in row.description]
        return dict(zip(names, row.fetchone() or (), strict=True))

    def problems(self) -> Iterator[dict[str, Any]]:
        """What is not as it should be under the roots of this run, by path."""
        self._database.execute(_PROBLEMS)
        names = [column[0] for column in self._database.description]
        while rows := self._database.fetchmany(_ROWS_AT_ONCE):
            yield from (dict(zip(names, row, strict=True)) for row in rows)

    def _allow_for_rows(self, longest_line: int) -> None:
        """Raise the limit of memory by what rows of this width take while they are written."""
        widest = float(longest_line)
        if self._index.exists():
            groups = f"parquet_metadata({for_sql(glob.escape(str(self._index)))})"
            found = self._database.execute(
                f"from {groups} select max(row_group_bytes / row_group_num_rows)"
            ).fetchall()
            widest = max(widest, found[0][0] or 0.0)
        limit = _MEMORY + int(_ROWS_IN_MEMORY * widest)
        # What is above that limit is for DuckDB to judge, by the memory that there is.
        setting = f"set memory_limit = '{limit}B'" if limit < _MOST_MEMORY else "reset memory_limit"
        self._database.execute(setting)

    def _load_old(self, table: str, path: Path, types: Mapping[str, str]) -> bool:
        """Make a table of an earlier run; returns whether it has the columns of this version."""
        columns = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
        self._database.execute(f"create table {table} ({columns})")
        if not path.exists():
            return True
        shape = self._shape(table)
        source = _parquet(path)
        try:
            self._database.execute(f"drop table {table}; create view {table} as from {source}")
            found = self._shape(table)
            if found == shape:
                return True
            if not set(_KEYS) <= found.keys():
                raise duckdb.InvalidInputException("its columns are others")
            # An older version wrote it, or a newer: what is known of other folders is kept.
            kept = ", ".join(
                f'try_cast({for_sql_name(name)} as {kind}) as "{name}"'
                if name in found
                else f'null::{kind} as "{name}"'
                for name, kind in types.items()
            )
            self._database.execute(f"create or replace view {table} as from {source} select {kept}")
            self._database.execute(f"from {table} limit 1")
        except duckdb.Error as error:
            raise RtstructError(
                "not_an_index",
                f"{path} is no index that rtstruct wrote",
            ) from error
        return False

    def _shape(self, table: str) -> dict[str, str]:
        described = self._database.execute(f"describe {table}").fetchall()
        return {row[0]: row[1] for row in described}

    def _load_spool(self, name: str, spool: Spool, types: Mapping[str, str]) -> None:
        columns = ", ".join(f"{for_sql(column)}: {for_sql(kind)}" for column, kind in types.items())
        self._database.execute(
            f"create view {name} as from read_json({for_sql(glob.escape(str(spool.path)))},"
            f" hive_partitioning = false, format = 'newline_delimited', columns = {{{columns}}},"
            f" maximum_object_size = {max(spool.longest_line + 1, _LEAST_OBJECT_SIZE)})"
        )

    def _run(self, script: str) -> None:
        self._database.execute(Path(__file__).with_name(script).read_text("utf-8"))

    def _write(self, table: str, path: Path) -> Path:
        self._database.execute(
            f"copy (from {table}) to {for_sql(path)}"
            f" (format parquet, compression zstd, row_group_size {_ROWS_PER_GROUP},"
            f" row_group_size_bytes {_BYTES_PER_GROUP})"
        )
        sync(path)
        return path


def _parquet(path: Path) -> str:
    """What reads a Parquet file by its very name: ``year=2026`` in a path is no column of it."""
    return f"read_parquet({for_sql(glob.escape(str(path)))}, hive_partitioning = false)"
