"""The only code that changes the registry: short transactions, the same result if done twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rtstruct.registry.connection import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import duckdb

Row = dict[str, Any]

_ROWS_PER_INSERT = 50


@dataclass(frozen=True)
class ConversionRows:
    """What one attempt at one conversion adds: rows by column name."""

    conversion: Row
    """A row of ``conversions``; ``attempt`` and ``registered`` are filled in here, and its status
    is worked out anew from all ROIs that the conversion has by then."""
    masks: tuple[Row, ...] = ()
    points: tuple[Row, ...] = ()
    roi_failures: tuple[Row, ...] = ()

    @property
    def roi_numbers(self) -> list[int]:
        """ROINumbers that this attempt speaks about."""
        rows = (*self.masks, *self.points, *self.roi_failures)
        return sorted({int(row["ROINumber"]) for row in rows})


def start_run(path: Path, run_id: str, command: str, parameters: str, version: str) -> None:
    """Add a row to ``runs``, still without an end."""
    row = {
        "run_id": run_id,
        "command": command,
        "parameters": parameters,
        "software_version": version,
        "started": datetime.now(UTC),
    }
    with writing(path) as connection:
        _insert(connection, "runs", [row])


def end_run(path: Path, run_id: str, outcome: str, counts: Mapping[str, int]) -> None:
    """Close a row of ``runs``: ``counts`` by column name (done, partial, ..., masks, points)."""
    names = ("done", "partial", "failed", "skipped", "masks", "points")
    values = [counts.get(name, 0) for name in names]
    with writing(path) as connection:
        connection.execute(
            f"update runs set ended = ?, outcome = ?, {', '.join(f'{n} = ?' for n in names)}"  # noqa: S608 - names are the constants above
            " where run_id = ?",
            [datetime.now(UTC), outcome, *values, run_id],
        )


def add_runs(path: Path, runs: Sequence[Row]) -> None:
    """Add runs of another registry, unless they are known."""
    with writing(path) as connection:
        known = connection.execute("select run_id from runs").fetchall()
        _insert(connection, "runs", [run for run in runs if (run["run_id"],) not in known])


def newer(path: Path, registered: Mapping[str, datetime]) -> list[str]:
    """Those conversions whose time of registration is later than here, or that are unknown."""
    with writing(path) as connection:
        known = dict(
            connection.execute("select conversion_id, registered from conversions").fetchall()
        )
    return sorted(
        identity
        for identity, time in registered.items()
        if identity not in known or time > known[identity]
    )


def register(
    path: Path,
    attempts: Sequence[ConversionRows],
    before_commit: Callable[[list[str]], None] = lambda _: None,
) -> None:
    """Register attempts in one transaction.

    An attempt (``run_id``, ``task_id``) that is already registered is left as it is, so that a
    driver that was killed between commit and clean-up may register again. ``before_commit`` is
    told the paths of masks that have a row no longer: their files are to be removed.
    """
    with writing(path) as connection:
        replaced: set[str] = set()
        for attempt in attempts:
            replaced.update(_register_one(connection, attempt))
        if replaced:
            before_commit(sorted(replaced - set(mask_paths(connection, replaced))))


def mask_paths(connection: duckdb.DuckDBPyConnection, among: Iterable[str]) -> list[str]:
    """Those of the paths that are a registered mask's (case does not count, as on some disks)."""
    found = connection.execute(
        "select path from (select unnest(?) as path)"
        " where lower(path) in (select lower(path) from masks)",
        [list(among)],
    ).fetchall()
    return [path for (path,) in found]


def _register_one(connection: duckdb.DuckDBPyConnection, rows: ConversionRows) -> list[str]:
    """Register one attempt; returns the paths of mask rows that it deleted."""
    conversion = dict(rows.conversion)
    identity = conversion["conversion_id"]
    found = connection.execute(
        "select run_id, task_id, attempt from conversions where conversion_id = ?", [identity]
    ).fetchone()
    if found and found[:2] == (conversion["run_id"], conversion["task_id"]):
        return []
    # Other parameters in the same folder give files of the same names: what they replace is gone.
    written = [row["path"].lower() for row in rows.masks]
    deleted = connection.execute(
        "delete from masks where list_contains(?, lower(path))"
        " or (conversion_id = ? and list_contains(?, ROINumber)) returning path",
        [written, identity, rows.roi_numbers],
    ).fetchall()
    for table in ("points", "roi_failures"):
        connection.execute(
            f"delete from {table} where conversion_id = ? and list_contains(?, ROINumber)",  # noqa: S608 - constants
            [identity, rows.roi_numbers],
        )
    _insert(connection, "masks", rows.masks)
    _insert(connection, "points", rows.points)
    _insert(connection, "roi_failures", rows.roi_failures)
    _judge(connection, conversion)
    # A row from another registry brings both along.
    conversion["attempt"] = conversion.get("attempt", 1) + (found[2] if found else 0)
    conversion.setdefault("registered", datetime.now(UTC))
    connection.execute("delete from conversions where conversion_id = ?", [identity])
    _insert(connection, "conversions", [conversion])
    if conversion["referenced_SeriesInstanceUID"] is not None:
        _forget_missing_image(connection, conversion)
    return [path for (path,) in deleted]


def _judge(connection: duckdb.DuckDBPyConnection, conversion: Row) -> None:
    """Set status, error_code and message from all ROIs that the conversion now has."""
    identity = conversion["conversion_id"]
    ((converted, incomplete),) = connection.execute(_CONVERTED, [identity]).fetchall()
    failures = connection.execute(
        "select status, error_code from roi_failures where conversion_id = ? order by ROINumber",
        [identity],
    ).fetchall()
    failed = Counter(code for status, code in failures if status == "failed")
    incomplete = incomplete or conversion["status"] == "partial"
    if converted:
        conversion["status"] = "partial" if failed or incomplete else "done"
    elif failures:
        conversion["status"] = "failed" if failed else "skipped"
    if conversion["status"] == "done":
        conversion["error_code"] = conversion["message"] = None
    elif conversion["error_code"] is None:
        codes = failed or Counter(code for _, code in failures) or Counter(contours_left_out=1)
        conversion["error_code"] = codes.most_common(1)[0][0]
        conversion["message"] = (
            f"{codes.total()} of {converted + len(failures)} ROIs: "
            + ", ".join(f"{code} {count}" for code, count in sorted(codes.items()))
        )


_CONVERTED = """
select count(distinct ROINumber), coalesce(bool_or(is_incomplete), false)
from (
    select
        ROINumber,
        contours_skipped > 0
        or len(list_filter(notes, lambda note: starts_with(note, 'clipped'))) > 0 as is_incomplete,
    from masks
    where conversion_id = $1
    union all
    select ROINumber, false
    from points
    where conversion_id = $1
)
"""


def _forget_missing_image(connection: duckdb.DuckDBPyConnection, conversion: Row) -> None:
    """Drop what was said of this structure set when no image series of it was known."""
    obsolete = connection.execute(
        "select conversion_id from conversions where structure_set_key = ? and parameters_hash = ?"
        " and referenced_SeriesInstanceUID is null",
        [conversion["structure_set_key"], conversion["parameters_hash"]],
    ).fetchall()
    for (identity,) in obsolete:
        connection.execute("delete from roi_failures where conversion_id = ?", [identity])
        connection.execute("delete from conversions where conversion_id = ?", [identity])


@dataclass(frozen=True)
class DownloadRows:
    """What one attempt at fetching a series adds: rows by column name."""

    download: Row
    """A row of ``downloads``; written only if there are no failures."""
    failures: tuple[Row, ...] = ()


def register_downloads(path: Path, attempts: Sequence[DownloadRows]) -> None:
    """Register attempts at fetching series in one transaction; the newest counts."""
    now = datetime.now(UTC)
    with writing(path) as connection:
        for attempt in attempts:
            name = [attempt.download["crdc_series_uuid"]]
            connection.execute("delete from download_failures where crdc_series_uuid = ?", name)
            known = connection.execute(
                "select 1 from downloads where crdc_series_uuid = ?", name
            ).fetchone()
            if known and not attempt.failures and attempt.download["verified_by_md5"] is None:
                # It was there all the time: what is known of how it came stays.
                continue
            connection.execute("delete from downloads where crdc_series_uuid = ?", name)
            if not attempt.failures:
                _insert(connection, "downloads", [{**attempt.download, "registered": now}])
            _insert(
                connection,
                "download_failures",
                [{**failure, "registered": now} for failure in attempt.failures],
            )


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    for start in range(0, len(rows), _ROWS_PER_INSERT):
        part = rows[start : start + _ROWS_PER_INSERT]
        columns = ", ".join(part[0])
        marks = ", ".join([f"({', '.join('?' * len(part[0]))})"] * len(part))
        connection.execute(
            f"insert into {table} ({columns}) values {marks}",  # noqa: S608 - names are ours, values are bound
            [_storable(value) for row in part for value in row.values()],
        )


def _storable(value: object) -> object:
    # A file name of undecodable bytes reaches Python as lone surrogates, which UTF-8 refuses.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
