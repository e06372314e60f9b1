"""Opening the registry: for one short transaction, so that others can read in between."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from importlib.resources import files
from typing import TYPE_CHECKING

from rtstruct.catalog.duckfile import connect
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

_READ_PATIENCE_S = 60.0
_WRITE_PATIENCE_S = 600.0


def create(path: Path) -> None:
    """Make an empty registry at ``path`` unless there is one; it is never seen half made."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    schema = files("rtstruct.registry").joinpath("schema.sql").read_text(encoding="utf-8")
    with connect(draft, read_only=False, patience_s=0) as connection:
        connection.execute(schema)
    # A link, unlike a rename, never replaces what another process made in the meantime.
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the registry at ``path``.

    Raises
    ------
    RtstructError
        ``database_locked`` or ``database_unreadable``.
    """
    with (
        connect(path, read_only=True, patience_s=_READ_PATIENCE_S) as connection,
        _of_this_version(path),
    ):
        yield connection


@contextmanager
def _of_this_version(path: Path) -> Iterator[None]:
    import duckdb

    try:
        yield
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise RtstructError(
            "database_unreadable",
            f"{path} is no registry of this version: {str(error).partition(chr(10))[0]}",
            "Move it away, or use the version of rtstruct that wrote it",
        ) from error


@contextmanager
def writing(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """One transaction on the registry at ``path``: all of it is committed, or nothing.

    Raises
    ------
    RtstructError
        ``database_locked``, ``database_unreadable``, or ``registry_not_written``: the disk is
        full, or cannot be written to.
    """
    import duckdb

    # Closing without a commit rolls back.
    with connect(path, read_only=False, patience_s=_WRITE_PATIENCE_S) as connection:
        connection.begin()
        try:
            with _of_this_version(path):
                yield connection
            connection.commit()
        except (duckdb.IOException, duckdb.FatalException) as error:
            raise RtstructError(
                "registry_not_written",
                f"{path} cannot be written: {str(error).partition(chr(10))[0]}",
                "Make room; the same command goes on where it stopped",
            ) from error
