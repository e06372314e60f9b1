"""Conversions in the registry: the same result if registered twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from rtstruct.codes import INCOMPLETE
from rtstruct.registry.table import insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from rtstruct.registry.table import Row


PARTS = ("masks", "points", "roi_failures", "mask_overlaps")
"""Tables that hold what came of a conversion."""


_Deleted: TypeAlias = "tuple[str, str | None, str]"
"""Of a mask: its path, its image's, its conversion_id."""


@dataclass(frozen=True)
class ConversionRows:
    """What one attempt at one conversion adds: rows by column name."""

    conversion: Row
    """A row of ``conversions``; ``attempt`` and ``registered`` are filled in here, and its status
    is worked out anew from all ROIs that the conversion has by then."""
    masks: tuple[Row, ...] = ()
    points: tuple[Row, ...] = ()
    roi_failures: tuple[Row, ...] = ()
    mask_overlaps: tuple[Row, ...] = ()

    @property
    def identity(self) -> str:
        """The conversion_id."""
        return str(self.conversion["conversion_id"])

    @property
    def roi_numbers(self) -> list[int]:
        """ROINumbers that this attempt speaks about."""
        rows = (*self.masks, *self.points, *self.roi_failures)
        return sorted({int(row["ROINumber"]) for row in rows})


def register(
    connection: duckdb.DuckDBPyConnection, attempts: Sequence[ConversionRows]
) -> list[str]:
    """Register attempts within a transaction.

    An attempt (``run_id``, ``task_id``) that is already registered is left as it is, so that a
    driver that was killed between commit and clean-up may register again.

    Returns
    -------
    list of str
        Paths of masks that have a row no longer: their files are to be removed.
    """
    known = _known(connection, attempts)
    fresh = [
        attempt
        for attempt in attempts
        if known.get(attempt.identity, ())[:2]
        != (attempt.conversion["run_id"], attempt.conversion["task_id"])
    ]
    again = [attempt for attempt in fresh if attempt.identity in known]
    replaced = _delete_replaced(connection, _delete_old(connection, again), fresh)
    for table in PARTS:
        # Registries of older versions hold one failure for each ROINumber.
        policy = "or ignore" if table == "roi_failures" else ""
        rows = [row for each in fresh for row in getattr(each, table)]
        insert(connection, table, rows, known=policy)
    conversions = _judged(connection, [dict(attempt.conversion) for attempt in fresh])
    for conversion in conversions:
        # A row from another registry brings both along.
        _, _, before = known.get(conversion["conversion_id"], (None, None, 0))
        conversion["attempt"] = conversion.get("attempt", 1) + before
        conversion.setdefault("registered", datetime.now(UTC))
    insert(connection, "conversions", conversions)
    _forget_missing_images(connection, conversions)
    return sorted(replaced - set(mask_paths(connection, replaced)))


def mask_paths(connection: duckdb.DuckDBPyConnection, among: Iterable[str]) -> list[str]:
    """Those of the paths that a mask's row names (case does not count, as on some disks)."""
    found = connection.execute(
        "select path from (select unnest(?) as path)"
        " where lower(path) in (select lower(unnest([path, reference_path])) from masks)",
        [list(among)],
    ).fetchall()
    return [path for (path,) in found]


def _known(
    connection: duckdb.DuckDBPyConnection, attempts: Sequence[ConversionRows]
) -> dict[str, tuple[str, str, int]]:
    """run_id, task_id and number of the last attempt, by conversion_id."""
    found = connection.execute(
        "select conversion_id, run_id, task_id, attempt from conversions"
        " where conversion_id in (select unnest(?))",
        [[attempt.identity for attempt in attempts]],
    ).fetchall()
    return {identity: (run, task, attempt) for identity, run, task, attempt in found}


def _delete_old(
    connection: duckdb.DuckDBPyConnection, attempts: Sequence[ConversionRows]
) -> list[_Deleted]:
    """Delete what earlier attempts at the same conversions have registered."""
    if not attempts:
        return []
    pairs = [(each.identity, number) for each in attempts for number in each.roi_numbers]
    identities, numbers = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    deleted = connection.execute(
        "delete from masks"
        " where (conversion_id, ROINumber) in (select unnest(?), unnest(?))"
        " returning path, reference_path, conversion_id",
        [identities, numbers],
    ).fetchall()
    for table in ("points", "roi_failures"):
        connection.execute(
            f"delete from {table}"  # noqa: S608 - constants
            " where (conversion_id, ROINumber) in (select unnest(?), unnest(?))",
            [identities, numbers],
        )
    connection.execute(
        "delete from conversions where conversion_id in (select unnest(?))",
        [[attempt.identity for attempt in attempts]],
    )
    return deleted


def _delete_replaced(
    connection: duckdb.DuckDBPyConnection,
    deleted: list[_Deleted],
    attempts: Sequence[ConversionRows],
) -> set[str]:
    """Delete masks whose files the attempts have replaced, and what rested on the ``deleted``.

    Returns
    -------
    set of str
        Paths of all deleted masks and of their images.
    """
    # Other parameters in the same folder give files of the same names: what they replace is gone.
    # A structure set has its own folder, so that few paths need be looked at.
    masks = [mask for attempt in attempts for mask in attempt.masks]
    deleted += connection.execute(
        "delete from masks where SOPInstanceUID in (select unnest(?))"
        " and lower(path) in (select unnest(?)) returning path, reference_path, conversion_id",
        [[mask["SOPInstanceUID"] for mask in masks], [mask["path"].lower() for mask in masks]],
    ).fetchall()
    if deleted:
        connection.execute(_ORPHANS, [[identity for _, _, identity in deleted]])
    for sop, path, digest in {
        (mask["SOPInstanceUID"], mask["reference_path"], mask["reference_sha256"])
        for mask in masks
        if mask.get("reference_path")
    }:
        # Another image has taken the place of the one that these masks lie on.
        connection.execute(
            "update masks set reference_path = null, reference_sha256 = null where"
            " SOPInstanceUID = ? and lower(reference_path) = lower(?) and reference_sha256 != ?",
            [sop, path, digest],
        )
    return {path for *paths, _ in deleted for path in paths if path is not None}


_ORPHANS = """
delete from mask_overlaps
where
    conversion_id in (select unnest(?))
    and (
        (conversion_id, ROINumber) not in (select conversion_id, ROINumber from masks)
        or (conversion_id, other_ROINumber) not in (select conversion_id, ROINumber from masks)
    )
"""


def _judged(connection: duckdb.DuckDBPyConnection, conversions: list[Row]) -> list[Row]:
    """Set status, error_code and message from all ROIs that each conversion now has."""
    identities = [conversion["conversion_id"] for conversion in conversions]
    converted = {
        identity: (count, is_incomplete)
        for identity, count, is_incomplete in connection.execute(
            _CONVERTED, [list(INCOMPLETE), identities]
        ).fetchall()
    }
    failures: dict[str, list[tuple[str, str]]] = {}
    for identity, status, code in connection.execute(
        "select conversion_id, status, error_code from roi_failures"
        " where conversion_id in (select unnest(?)) order by conversion_id, ROINumber",
        [identities],
    ).fetchall():
        failures.setdefault(identity, []).append((status, code))
    for conversion in conversions:
        identity = conversion["conversion_id"]
        _judge(conversion, *converted.get(identity, (0, False)), failures.get(identity, []))
    return conversions


def _judge(
    conversion: Row, converted: int, is_incomplete: bool, failures: Sequence[tuple[str, str]]
) -> None:
    failed = Counter(code for status, code in failures if status == "failed")
    if converted:
        is_partial = failed or is_incomplete or conversion["status"] == "partial"
        conversion["status"] = "partial" if is_partial else "done"
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
select conversion_id, count(distinct ROINumber), bool_or(is_incomplete)
from (
    select
        conversion_id,
        ROINumber,
        list_has_any(list_transform(notes, lambda note: split_part(note, ':', 1)), ?)
            as is_incomplete,
    from masks
    union all
    select conversion_id, ROINumber, false
    from points
)
where conversion_id in (select unnest(?))
group by conversion_id
"""


def _forget_missing_images(
    connection: duckdb.DuckDBPyConnection, conversions: Sequence[Row]
) -> None:
    """Drop what was said of structure sets when no image series of them was known."""
    found = [each for each in conversions if each["referenced_SeriesInstanceUID"] is not None]
    obsolete = connection.execute(
        "delete from conversions"
        " where (structure_set_key, parameters_hash) in (select unnest(?), unnest(?))"
        " and referenced_SeriesInstanceUID is null returning conversion_id",
        [
            [each["structure_set_key"] for each in found],
            [each["parameters_hash"] for each in found],
        ],
    ).fetchall()
    if obsolete:
        connection.execute(
            "delete from roi_failures where conversion_id in (select unnest(?))",
            [[identity for (identity,) in obsolete]],
        )
