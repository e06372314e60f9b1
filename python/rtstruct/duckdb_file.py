"""Opening a DuckDB file with patience.

DuckDB lets either one process write to a file or many read it. Everyone here opens files briefly,
and waits for the others with growing pauses.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from rtstruct.errors import RtstructError
from rtstruct.quoting import for_sql, for_sql_name, for_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import duckdb

T = TypeVar("T")

FORMAT = {"storage_compatibility_version": "v1.2.0"}
"""To open a new file with: the format that DuckDB 1.2 and later read. An old file keeps its own."""

_STORAGE = for_sql(FORMAT["storage_compatibility_version"])
_LONGEST_PAUSE_S = 0.25
_SILENT_S = 2.0
# Held by another process; by another thread of this one.
_HELD = re.compile(
    "Could not set lock|Conflicting lock"
    "|with a different configuration than existing|Unique file handle conflict"
)


_CORRUPT = re.compile(
    "corrupt|checksum|deserializ|not a valid|metadata|decompress|string encoding", re.IGNORECASE
)


def _is_damage(error: Exception) -> bool:
    """Whether bytes make no sense, and not our SQL."""
    import duckdb

    kinds = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException)
    # What reads Parquet raises the base class itself.
    is_bare = type(error) is duckdb.Error
    return (
        is_bare
        or isinstance(error, (*kinds, duckdb.SerializationException))
        or bool(_CORRUPT.search(str(error)))
    )


# What is wrong with the disk, and not with what is on it.
_OF_THE_DISK = {
    os.strerror(number): number
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)
}


def reason_of(error: Exception) -> str:
    """What an error of DuckDB says in its first line; of the disk, what the system calls it."""
    line = str(error).partition("\n")[0]
    return next((words for words in _OF_THE_DISK if words in line), line)


@contextmanager
def interruptible() -> Iterator[None]:
    """What DuckDB says in the midst of a query, as what it is.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C: there DuckDB renames it.
    OSError
        There is no room, or no permission.
    RtstructError
        ``database_unreadable``: a file that could be opened is damaged further on.
    """
    try:
        yield
    except RuntimeError as error:
        if str(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from error
    except Exception as error:
        # Not imported for it: a command that asks no database starts faster without.
        duckdb = sys.modules.get("duckdb")
        if duckdb is None or not isinstance(error, duckdb.Error) or not _is_damage(error):
            raise
        reason = reason_of(error)
        if reason in _OF_THE_DISK:
            raise OSError(_OF_THE_DISK[reason], reason) from error
        raise RtstructError(
            "database_unreadable", f"a database or an index is damaged: {reason}"
        ) from error


@dataclass
class _Attached:
    """A file that this process has open, and by how many at once."""

    name: str
    users: int = 1


class _Engine:
    """One instance of DuckDB, to which files are attached for as long as somebody needs them.

    To start an instance takes twenty times as long as to attach a file.
    """

    def __init__(self) -> None:
        import duckdb

        self._connection = duckdb.connect()
        self._guard = threading.Lock()
        self._numbers = itertools.count()
        # Two who read one file share it: DuckDB attaches a file once.
        self._read: dict[tuple[int, int], _Attached] = {}

    def attach(self, path: Path, *, read_only: bool) -> _Attached:
        with self._guard:
            identity = _identity(path)
            if read_only and identity in self._read:
                self._read[identity].users += 1
                return self._read[identity]
            attached = _Attached(f"file_{next(self._numbers)}")
            how = "read_only" if read_only else "read_write"
            if identity is None:
                how += f", storage_version {_STORAGE}"
            self._connection.execute(
                f"attach {for_sql(path)} as {attached.name} (type duckdb, {how})"
            )
            if read_only and identity:
                self._read[identity] = attached
            return attached

    def cursor(self, attached: _Attached) -> duckdb.DuckDBPyConnection:
        with self._guard:
            cursor = self._connection.cursor()
        return cursor.execute(f"use {attached.name}")

    def detach(self, attached: _Attached) -> None:
        with self._guard:
            attached.users -= 1
            if attached.users == 0:
                self._read = {k: a for k, a in self._read.items() if a is not attached}
                self._connection.execute(f"detach {attached.name}")


_ENGINE: list[_Engine] = []
_STARTING = threading.Lock()


@contextmanager
def opened(
    path: Path, *, read_only: bool, patience_s: float
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the file at ``path``; waits, and fails, as :func:`patiently` does.

    Its tables go by their bare names. A new file gets ``FORMAT``.
    """
    import duckdb

    with _STARTING:
        if not _ENGINE:
            _ENGINE.append(_Engine())
        engine = _ENGINE[0]
    attached = patiently(path, patience_s, lambda: engine.attach(path, read_only=read_only))
    try:
        with engine.cursor(attached) as connection:
            yield connection
    except (duckdb.FatalException, duckdb.InternalException, duckdb.IOException):
        # It answers no more.
        with suppress(ValueError):
            _ENGINE.remove(engine)
        raise
    finally:
        with suppress(duckdb.Error):
            engine.detach(attached)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        file = path.stat()
    except OSError:
        return None
    return file.st_dev, file.st_ino


def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, patience_s: float) -> None:
    """Attach the file at ``path`` read-only; waits, and fails, as :func:`patiently` does."""
    statement = f"attach {for_sql(path)} as {for_sql_name(name)} (read_only)"
    patiently(path, patience_s, lambda: connection.execute(statement))


def patiently(path: Path, patience_s: float, opening: Callable[[], T]) -> T:
    """Do what opens the file at ``path``, waiting up to ``patience_s`` seconds for others.

    Who waits for more than a moment is told on standard error what for.

    Raises
    ------
    RtstructError
        ``database_locked``: somebody still holds it. ``database_unreadable``: it is no DuckDB file
        that this version can read.
    """
    import duckdb

    if path.exists() and not path.is_file():
        # To open a pipe would wait for somebody who writes to it.
        raise RtstructError("database_unreadable", f"{path} is no file")
    started = time.monotonic()
    is_told = False
    pause_s = 0.01
    while True:
        try:
            return opening()
        except duckdb.Error as error:
            reason = reason_of(error)
            if not _HELD.search(reason):
                raise RtstructError(
                    "database_unreadable",
                    f"{path} cannot be opened: {reason}",
                    "Check permissions and free space" if reason in _OF_THE_DISK else None,
                ) from error
            waited_s = time.monotonic() - started
            if waited_s > patience_s:
                raise RtstructError(
                    "database_locked",
                    f"{path} has been held by another program for {patience_s:.0f} s",
                ) from error
            if waited_s > _SILENT_S and not is_told:
                is_told = True
                holder = reason.partition("held in ")[2].partition(". See")[0]
                who = holder or "another program"
                print(
                    for_terminal(f"rtstruct: waiting for {path}, which {who} has open"),
                    file=sys.stderr,
                )
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
