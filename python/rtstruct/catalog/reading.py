"""The catalog opened to be asked: read-only, locked down, other files out of reach."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rtstruct.duckdb_file import attach
from rtstruct.errors import RtstructError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

# A build holds the catalog for seconds to minutes.
_PATIENCE_S = 300.0


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Names of the columns of a mart, in order."""
    return connection.sql(f"from rtstruct.{table} limit 0").columns


@contextmanager
def reading(catalog: Path, registry: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the catalog, and to the registry beside it, on which nothing can be written.

    Raises
    ------
    UsageError
        No catalog, or one of another version.
    RtstructError
        ``database_locked``, ``database_unreadable``.
    """
    import duckdb

    if not catalog.exists():
        raise UsageError(
            f"there is no catalog at {catalog}", "Run `rtstruct index PATH` and `rtstruct build`"
        )
    # An instance of its own: threads that open one file share its settings and what is attached.
    with duckdb.connect() as connection:
        attach(connection, catalog, "catalog", _PATIENCE_S)
        if registry is not None and registry.is_file():
            attach(connection, registry, "registry", _PATIENCE_S)
        try:
            connection.execute("set search_path = 'catalog.rtstruct'")
            connection.execute("set enable_external_access = false; set lock_configuration = true")
            yield connection
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise UsageError(
                f"{catalog} is not a catalog of this version: {str(error).partition(chr(10))[0]}",
                "Run `rtstruct build` again",
            ) from error
        except duckdb.IOException as error:
            raise RtstructError(
                "database_unreadable",
                f"{catalog} is damaged: {str(error).partition(chr(10))[0]}",
            ) from error
