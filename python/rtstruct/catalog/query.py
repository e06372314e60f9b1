"""Read-only questions to the catalog, with the registry beside it when there is one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rtstruct.errors import RtstructError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from rtstruct.home import Home

_LOCK_PATIENCE_SECONDS = 30.0


def connect(home: Home) -> duckdb.DuckDBPyConnection:
    """Open the catalog read-only; marts are found by their bare names, the registry as ``registry``.

    Raises
    ------
    UsageError
        There is no catalog yet.
    RtstructError
        A writer held the catalog or the registry for longer than half a minute.
    """
    import duckdb

    if not home.catalog.is_file():
        raise UsageError(f"there is no catalog at {home.catalog}", "Run `rtstruct build` first")
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    _attach(connection, home.catalog, "catalog")
    if home.registry.is_file():
        _attach(connection, home.registry, "registry")
    connection.execute("set search_path = 'catalog.rtstruct'")
    # Nothing that is asked here may change a file or reach the network.
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    import duckdb

    quoted = str(path).replace("'", "''")
    deadline = time.monotonic() + _LOCK_PATIENCE_SECONDS
    while True:
        try:
            connection.execute(f"attach '{quoted}' as \"{name}\" (read_only)")
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise RtstructError("unreadable", f"{path} is not a DuckDB file", "") from error
            if time.monotonic() > deadline:
                raise RtstructError(
                    "locked", f"{path} is being written", "Ask again when the writer has ended"
                ) from error
            time.sleep(0.1)
        else:
            return
