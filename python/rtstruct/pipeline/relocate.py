"""Output folders that were moved or are gone: the registry follows."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from rtstruct.conversion.identity import conversion_id, digest, stored_path
from rtstruct.conversion.publish.staging import publishing_into
from rtstruct.errors import UsageError
from rtstruct.registry import relocate
from rtstruct.registry.connection import writing
from rtstruct.registry.export import export_for_catalog
from rtstruct.registry.reader import output_roots

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from rtstruct.home import Home
    from rtstruct.registry.relocate import Moved


def move(home: Home, old: Path, new: Path) -> Moved:
    """Tell the registry that an output folder, or one that holds several, lies elsewhere now.

    No file is touched: move the folder first.

    Raises
    ------
    UsageError
        Nothing was converted into ``old``, ``new`` is not there or lacks the masks, or the registry
        knows of masks in ``new`` already.
    """
    if not new.is_dir():
        raise UsageError(f"{new} is no folder", "Move the folder first, then tell the registry")
    with _changing(home, old) as connection:
        if relocate.below(connection, home.root, new):
            raise UsageError(
                f"the registry knows of masks in {new} already",
                f"Drop what it says of one of the two: `rtstruct registry forget` {old} or {new}",
            )
        moved = relocate.move(
            connection, home.root, old, new, _identify, partial(stored_path, home.root), digest
        )
        paths = connection.execute("select path from masks").fetchall()
        found = [home.root / path for (path,) in paths]
        mine = [path for path in found if path.is_relative_to(new)]
        if mine and not any(path.is_file() for path in mine):
            raise UsageError(
                f"none of the {len(mine)} masks is in {new}, such as {mine[0]}",
                "Move the folder first, then tell the registry",
            )
    export_for_catalog(home.registry, home)
    return moved


def forget(home: Home, folder: Path) -> Moved:
    """Drop what the registry says of an output folder; files that are still there stay.

    Raises
    ------
    UsageError
        Nothing was converted into it.
    """
    with _changing(home, folder) as connection:
        dropped = relocate.forget(connection, home.root, folder)
    export_for_catalog(home.registry, home)
    return dropped


@contextmanager
def _changing(home: Home, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    if not home.registry.exists():
        raise UsageError(f"there is no registry at {home.registry}", "Run `rtstruct convert` first")
    roots = [home.root / root for root in output_roots(home.registry)]
    with publishing_into(roots), writing(home.registry) as connection:
        if not relocate.below(connection, home.root, folder):
            known = ", ".join(map(str, roots)) or "none"
            raise UsageError(
                f"no masks were converted into {folder}", f"Output folders are: {known}"
            )
        yield connection


def _identify(row: dict[str, object], parameters_hash: str) -> str:
    """The conversion_id of a row under other parameters; whether its stack counts shows in it."""
    image = row["referenced_SeriesInstanceUID"]
    key, image_series = str(row["structure_set_key"]), None if image is None else str(image)
    stacks = ("", f"-stack{row['stack_number']}")
    for stack in stacks:
        was = conversion_id(key, image_series, stack, str(row["parameters_hash"]))
        if was == row["conversion_id"]:
            return conversion_id(key, image_series, stack, parameters_hash)
    return digest(f"{row['conversion_id']}|{parameters_hash}")
