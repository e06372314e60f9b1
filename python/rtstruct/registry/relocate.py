"""Output folders that were moved, or are gone for good: what the registry says of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtstruct.registry.table import found_rows
from rtstruct.registry.writer import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb

_PATHS = (
    ("masks", "path"),
    ("masks", "reference_path"),
    ("agreements", "a_path"),
    ("agreements", "b_path"),
)


@dataclass(frozen=True)
class Moved:
    """What became of a move."""

    conversions: int
    masks: int
    """Masks and images beside them."""


def below(connection: duckdb.DuckDBPyConnection, home: Path, folder: Path) -> list[str]:
    """Output roots, as the registry spells them, that are ``folder`` or lie below it."""
    roots = connection.execute(
        "select distinct parameters ->> 'out' from conversions order by all"
    ).fetchall()
    return [root for (root,) in roots if root and (home / root).is_relative_to(folder)]


def move(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    old: Path,
    new: Path,
    identify: Callable[[dict[str, object], str], str],
    spell: Callable[[Path], str],
    hash_of: Callable[[str], str],
) -> Moved:
    """Spell everything below ``old`` as it lies below ``new``, within a transaction.

    The folder is part of what a conversion is known by, so that its identity changes with it.

    Parameters
    ----------
    identify
        The conversion_id of a row of ``conversions`` under other parameters (their hash).
    spell
        How the registry spells a path.
    hash_of
        The hash of parameters.
    """

    def moved(path: str | None) -> str | None:
        if path is None or not (home / path).is_relative_to(old):
            return path
        return spell(new / (home / path).relative_to(old))

    roots = below(connection, home, old)
    rows = found_rows(
        connection.execute(
            "select * from conversions where (parameters ->> 'out') in (select unnest(?))", [roots]
        )
    )
    changes = []
    for row in rows:
        parameters = json.loads(str(row["parameters"]))
        parameters["out"] = moved(parameters["out"])
        text = json.dumps(parameters, sort_keys=True)
        identity = identify(row, hash_of(text))
        changes.append(
            (row["conversion_id"], identity, text, hash_of(text), moved(row["output_folder"]))
        )
    connection.execute(
        "create temp table changes (old varchar, new varchar, parameters varchar,"
        " parameters_hash varchar, output_folder varchar)"
    )
    connection.executemany("insert into changes values (?, ?, ?, ?, ?)", changes or [[None] * 5])
    for table in PARTS:
        connection.execute(
            f"update {table} set conversion_id = changes.new from changes"  # noqa: S608 - constants
            f" where {table}.conversion_id = changes.old"
        )
    for side in ("a", "b"):
        connection.execute(
            f"update agreements set {side}_conversion_id = changes.new from changes"  # noqa: S608
            f" where {side}_conversion_id = changes.old"
        )
    connection.execute(
        "update conversions set conversion_id = changes.new, parameters = changes.parameters,"
        " parameters_hash = changes.parameters_hash, output_folder = changes.output_folder"
        " from changes where conversions.conversion_id = changes.old"
    )
    connection.execute("drop table changes")
    files = 0
    for table, column in _PATHS:
        paths = connection.execute(
            f"select distinct {column} from {table} where {column} is not null"  # noqa: S608
        ).fetchall()
        pairs = [(path, moved(path)) for (path,) in paths if moved(path) != path]
        files += len(pairs) if table == "masks" else 0
        connection.execute(
            f"update {table} set {column} = named.new"  # noqa: S608 - constants
            " from (select unnest(?) as old, unnest(?) as new) as named"
            f" where {column} = named.old",
            [[before for before, _ in pairs], [after for _, after in pairs]],
        )
    return Moved(len(rows), files)


def forget(connection: duckdb.DuckDBPyConnection, home: Path, folder: Path) -> Moved:
    """Drop all that is said of output roots below ``folder``, within a transaction; no file."""
    roots = below(connection, home, folder)
    identities = [
        identity
        for (identity,) in connection.execute(
            "select conversion_id from conversions"
            " where (parameters ->> 'out') in (select unnest(?))",
            [roots],
        ).fetchall()
    ]
    dropped = {
        table: connection.execute(
            f"delete from {table} where conversion_id in (select unnest(?)) returning 1",  # noqa: S608
            [identities],
        ).fetchall()
        for table in (*PARTS, "conversions")
    }
    connection.execute(
        "delete from agreements where a_conversion_id in (select unnest($1))"
        " or b_conversion_id in (select unnest($1))",
        [identities],
    )
    return Moved(len(identities), len(dropped["masks"]))
