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
        replaced = _register(connection, attempts)
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


def _register(
    connection: duckdb.DuckDBPyConnection, attempts: Sequence[ConversionRows]
) -> set[str]:
    """Register attempts at different conversions; returns the paths of mask rows that it deleted.

    All of them share each statement, as nearly all that a statement costs is to be started.
    """
    before = {
        identity: (run_id, task_id, attempt)
        for identity, run_id, task_id, attempt in connection.execute(
            "select conversion_id, run_id, task_id, attempt from conversions"
            " where list_contains(?, conversion_id)",
            [[rows.conversion["conversion_id"] for rows in attempts]],
        ).fetchall()
    }
    conversions: dict[str, Row] = {}
    new: list[ConversionRows] = []
    for rows in attempts:
        # A row from another registry brings both along.
        conversion = {"attempt": 1, "registered": datetime.now(UTC), **rows.conversion}
        found = before.get(conversion["conversion_id"], (None, None, 0))
        if found[:2] != (conversion["run_id"], conversion["task_id"]):
            conversion["attempt"] += found[2]
            conversions[conversion["conversion_id"]] = conversion
            new.append(rows)
    identities = [list(conversions)]
    about = [
        (rows.conversion["conversion_id"], number) for rows in new for number in rows.roi_numbers
    ]
    rois = [[identity for identity, _ in about], [number for _, number in about]]
    # Other parameters in the same folder give files of the same names: what they replace is gone.
    written = [row["path"].lower() for rows in new for row in rows.masks]
    deleted = connection.execute(
        f"delete from masks where {_ABOUT} or list_contains($3, lower(path)) returning path",  # noqa: S608 - constants
        [*rois, written],
    ).fetchall()
    for table in ("points", "roi_failures"):
        connection.execute(f"delete from {table} where {_ABOUT}", rois)  # noqa: S608 - constants
    _insert(connection, "masks", [row for rows in new for row in rows.masks])
    _insert(connection, "points", [row for rows in new for row in rows.points])
    _insert(connection, "roi_failures", [row for rows in new for row in rows.roi_failures])
    masks = {key: value for key, *value in connection.execute(_CONVERTED, identities).fetchall()}
    failures: dict[str, list[tuple[str, str]]] = {}
    for identity, status, code in connection.execute(_FAILED, identities).fetchall():
        failures.setdefault(identity, []).append((status, code))
    for identity, conversion in conversions.items():
        converted, incomplete = masks.get(identity, (0, False))
        _judge(conversion, converted, incomplete, failures.get(identity, []))
    connection.execute(_DELETE_CONVERSIONS, identities)
    _insert(connection, "conversions", list(conversions.values()))
    obsolete = [identity for (identity,) in connection.execute(_OBSOLETE, identities).fetchall()]
    connection.execute("delete from roi_failures where list_contains(?, conversion_id)", [obsolete])
    connection.execute(_DELETE_CONVERSIONS, [obsolete])
    return {path for (path,) in deleted}


def _judge(
    conversion: Row, converted: int, incomplete: bool, failures: Sequence[tuple[str, str]]
) -> None:
    """Set status, error_code and message from all ROIs that the conversion now has."""
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


_ABOUT = "(conversion_id, ROINumber) in (select unnest($1::varchar[]), unnest($2::bigint[]))"
_DELETE_CONVERSIONS = "delete from conversions where list_contains(?, conversion_id)"

_CONVERTED = """
select conversion_id, count(distinct ROINumber), coalesce(bool_or(is_incomplete), false)
from (
    select
        conversion_id,
        ROINumber,
        contours_skipped > 0
        or len(list_filter(notes, lambda note: starts_with(note, 'clipped'))) > 0 as is_incomplete,
    from masks
    union all
    select conversion_id, ROINumber, false
    from points
)
where list_contains(?, conversion_id)
group by all
"""

_FAILED = """
select conversion_id, status, error_code
from roi_failures
where list_contains(?, conversion_id)
order by conversion_id, ROINumber
"""

# What was said of a structure set when no image series of it was known.
_OBSOLETE = """
select conversion_id
from conversions
where
    referenced_SeriesInstanceUID is null
    and (structure_set_key, parameters_hash) in (
        select (structure_set_key, parameters_hash)
        from conversions
        where
            list_contains(?, conversion_id)
            and referenced_SeriesInstanceUID is not null
    )
"""


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(
            f"insert into {table} by name select row.* from (select unnest(?) as row)",  # noqa: S608 - names are ours, values are bound
            [[{name: _storable(value) for name, value in row.items()} for row in rows]],
        )


def _storable(value: object) -> object:
    # A file name of undecodable bytes reaches Python as lone surrogates, which UTF-8 refuses.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
