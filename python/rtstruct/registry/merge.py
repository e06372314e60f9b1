"""Registries of other machines, or of shards, into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.confined import is_below
from rtstruct.errors import RtstructError
from rtstruct.registry.connection import reading_foreign, writing
from rtstruct.registry.reader import output_roots
from rtstruct.registry.table import found_rows, insert
from rtstruct.registry.writer import PARTS, ConversionRows, register

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    import duckdb

    from rtstruct.registry.table import Row

_CONVERSIONS_AT_ONCE = 200


def merge(
    target: Path, source: Path, home: Path, roots: Sequence[Path] = ()
) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[str], list[str]]]:
    """Add all of ``source`` to ``target`` that is not there yet; may be repeated.

    Where both know a conversion the newer attempt counts, ROI by ROI.

    Parameters
    ----------
    home
        What relative paths are relative to. Masks may lie below it, below output folders that
        ``target`` knows already, and below ``roots``: nowhere else is anything written or removed.

    Raises
    ------
    RtstructError
        ``foreign_output``: masks of ``source`` lie elsewhere.

    Yields
    ------
    connection : duckdb.DuckDBPyConnection
        The transaction on ``target``, committed when the next is asked for: whoever is killed
        over the files comes by here again.
    folders : list of str
        The output folder of each conversion that was added or brought up to date.
    replaced : list of str
        Paths of masks that have a row no longer: their files are to be removed.
    """
    allowed = [home, *roots, *(home / root for root in output_roots(target))]
    with reading_foreign(source) as connection:
        offered = _registered(connection)
        runs = _rows(connection, "runs", None)
        _check_paths(connection, source, home, allowed)
    with writing(target) as connection:
        of_target = connection.execute("select run_id from runs").fetchall()
        insert(connection, "runs", [run for run in runs if (run["run_id"],) not in of_target])
        known = _registered(connection)
    wanted = sorted(
        identity
        for identity, time in offered.items()
        if identity not in known or time > known[identity]
    )
    for start in range(0, len(wanted), _CONVERSIONS_AT_ONCE):
        part = wanted[start : start + _CONVERSIONS_AT_ONCE]
        with reading_foreign(source) as connection:
            attempts = _attempts(connection, part)
        with writing(target) as connection:
            replaced = register(connection, attempts)
            yield connection, [each.conversion["output_folder"] for each in attempts], replaced


def _check_paths(
    connection: duckdb.DuckDBPyConnection, source: Path, home: Path, allowed: Sequence[Path]
) -> None:
    """Refuse a registry whose files lie where nobody said that masks may be."""
    named = connection.execute(
        "select output_folder from conversions"
        " union select path from masks"
        " union select reference_path from masks where reference_path is not null"
    ).fetchall()
    for (path,) in named:
        if not is_below(home / path, allowed):
            raise RtstructError(
                "foreign_output",
                f"{source} names files outside of the known output folders, such as {path}",
            )


def _registered(connection: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    """When each conversion was registered, by conversion_id."""
    return dict(connection.execute("select conversion_id, registered from conversions").fetchall())


def _attempts(
    connection: duckdb.DuckDBPyConnection, identities: Sequence[str]
) -> list[ConversionRows]:
    parts: dict[str, dict[str, list[Row]]] = {}
    for table in PARTS:
        for row in _rows(connection, table, identities):
            parts.setdefault(row["conversion_id"], {}).setdefault(table, []).append(row)
    return [
        ConversionRows(
            row,
            **{table: tuple(rows) for table, rows in parts.get(row["conversion_id"], {}).items()},
        )
        for row in _rows(connection, "conversions", identities)
    ]


def _rows(
    connection: duckdb.DuckDBPyConnection, table: str, identities: Sequence[str] | None
) -> list[Row]:
    condition = "true" if identities is None else "list_contains(?, conversion_id)"
    return found_rows(
        connection.execute(
            f"select * from {table} where {condition}",  # noqa: S608 - names are ours, values are bound
            [] if identities is None else [list(identities)],
        )
    )
