"""Runs of commands, in the registry: each has a row from its start on, and an end."""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from rtstruct.duckdb_file import interruptible
from rtstruct.errors import RtstructError
from rtstruct.registry.connection import create, writing
from rtstruct.registry.table import insert
from rtstruct.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import duckdb


@contextmanager
def registered_run(
    path: Path, command: str, parameters: str, counts: Callable[[], Mapping[str, int]]
) -> Iterator[str]:
    """A run in the registry at ``path``, which is made if need be; yields its run_id.

    Its row gets an outcome however the run ends, unless it is killed, and ``counts`` as they are
    by then: by column name (done, partial, ..., masks, points).
    """
    run_id = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{uuid.uuid4().hex[:8]}"
    start = partial(_insert_start, run_id=run_id, command=command, parameters=parameters)
    if not create(path, start):
        start_run(path, run_id, command, parameters)
    outcome = "failed"
    try:
        with interruptible():
            yield run_id
        outcome = "finished"
    except KeyboardInterrupt:
        outcome = "interrupted"
        raise
    except (OSError, RtstructError) as error:
        outcome = str(error)
        raise
    finally:
        # What is wrong with the registry must not hide why the run ended.
        with nullcontext() if outcome == "finished" else suppress(RtstructError):
            end_run(path, run_id, outcome, counts())


def start_run(path: Path, run_id: str, command: str, parameters: str) -> None:
    """Add a row to ``runs``, still without an end."""
    with writing(path) as connection:
        _insert_start(connection, run_id, command, parameters)


def _insert_start(
    connection: duckdb.DuckDBPyConnection, run_id: str, command: str, parameters: str
) -> None:
    row = {
        "run_id": run_id,
        "command": command,
        "parameters": parameters,
        "software_version": __version__,
        "started": datetime.now(UTC),
    }
    insert(connection, "runs", [row])


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
