"""Opening the registry: for one short transaction, so that others can read in between.

A registry of an older version is brought up to date by whoever opens it first: what
``schema.sql`` has and the file lacks is added, and a key that has changed since is made anew. No
row or column is ever dropped or renamed, so that an older version can go on with a newer registry
too, and no version number is needed.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from rtstruct.atomic_write import draft_of
from rtstruct.duckdb_file import opened, patiently, reason_of
from rtstruct.errors import RtstructError
from rtstruct.private import make_private
from rtstruct.quoting import for_sql, for_sql_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    import duckdb

_READ_PATIENCE_S = 60.0
_WRITE_PATIENCE_S = 600.0
# Files that have all columns of this version, and keep them; to ask takes as long as to open one.
_UP_TO_DATE: set[tuple[int, int]] = set()
# What ``schema.sql`` makes, once it was asked for.
_OWN_COLUMNS: dict[tuple[str, str], tuple[str, bool]] = {}
# Keys of today, of tables whose key was another one; columns that joined it were null at times.
_REKEYED = {"roi_failures": (["conversion_id", "ROINumber", "ROIName"], "ROIName")}
# What a column that may not be null holds for rows that are older than it.
_FORMERLY = {("conversions", "structure_set_key"): "SOPInstanceUID"}


def create(path: Path, fill: Callable[[duckdb.DuckDBPyConnection], None] | None = None) -> bool:
    """Make a registry at ``path``, or bring the one that is there up to date.

    It is never seen half made.

    Parameters
    ----------
    fill
        Inserts what a new one holds from the beginning.

    Returns
    -------
    bool
        Whether it was made.

    Raises
    ------
    RtstructError
        As from :func:`reading` and :func:`writing`.
    """
    if path.exists():
        if _identity(path) not in _UP_TO_DATE:
            with reading(path):
                pass
        return False
    make_private(path.parent)
    draft = draft_of(path)
    draft.unlink(missing_ok=True)
    try:
        with (
            opened(draft, read_only=False, patience_s=0) as connection,
            _as_ours(path),
        ):
            connection.execute(f"{_schema()}; {_mark()}")
            if fill is not None:
                fill(connection)
            # Closing would do it, but say nothing if there is no room.
            connection.execute("checkpoint")
        # A link, unlike a rename, never replaces what another process made in the meantime.
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return False
        return True
    finally:
        draft.unlink(missing_ok=True)
        draft.with_name(f"{draft.name}.wal").unlink(missing_ok=True)


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the registry at ``path``.

    Raises
    ------
    RtstructError
        ``database_locked`` or ``database_unreadable``; of an older registry that can be written
        to, all that :func:`writing` raises.
    """
    with _opened(path) as connection:
        identity = _identity(path)
        if identity in _UP_TO_DATE or _is_marked(connection) or not _additions(connection, path):
            _UP_TO_DATE.add(identity)
            yield connection
            return
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        with _copy(path) as connection:
            yield connection
        return
    with writing(path) as connection:
        connection.execute(";".join((_schema(), *_additions(connection, path), _mark())))
    with _opened(path) as connection:
        yield connection


@contextmanager
def reading_foreign(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy in memory of a registry that somebody else made: tables only, no other file.

    Raises
    ------
    RtstructError
        ``database_locked`` or ``database_unreadable``: it is not a registry, or holds views, which
        could read other files.
    """
    with _copy(path) as connection:
        views = connection.execute(
            "select view_name from duckdb_views() where database_name = 'older' and not internal"
        ).fetchall()
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'older'"
        ).fetchall()
        if views or ("conversions",) not in tables:
            raise RtstructError(
                "database_unreadable",
                f"{path} is not a registry: it has "
                + (f"the view {views[0][0]}" if views else "no table of conversions"),
                "Nothing was merged: ask whoever made it for the registry.duckdb of their home",
            )
        connection.execute("set enable_external_access = false; set lock_configuration = true")
        yield connection


@contextmanager
def writing(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """One transaction on the registry at ``path``: all of it is committed, or nothing.

    Raises
    ------
    RtstructError
        ``database_locked``, ``database_unreadable``, or ``registry_not_written``: the disk is
        full, or cannot be written to.
    """
    # Closing without a commit rolls back.
    with (
        opened(path, read_only=False, patience_s=_WRITE_PATIENCE_S) as connection,
        _as_ours(path),
    ):
        connection.begin()
        yield connection
        connection.commit()


@contextmanager
def _as_ours(path: Path) -> Iterator[None]:
    """What the database says when it cannot write, in our words."""
    import duckdb

    try:
        yield
    except (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException) as error:
        raise RtstructError(
            "registry_not_written",
            f"{path} cannot be written: {reason_of(error)}",
        ) from error


def _identity(path: Path) -> tuple[int, int]:
    file = path.stat()
    return file.st_dev, file.st_ino


def _copy(path: Path) -> duckdb.DuckDBPyConnection:
    """An older registry, brought up to date in memory: its file cannot be changed."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(_schema())
    attach = f"attach {for_sql(path)} as older (read_only)"
    patiently(path, _READ_PATIENCE_S, lambda: connection.execute(attach))
    for (table,) in connection.execute(
        "select table_name from duckdb_tables() where database_name = 'older' intersect"
        " select table_name from duckdb_tables() where database_name = current_database()"
    ).fetchall():
        described = connection.execute(f"from older.{table} limit 0").description
        present = {column for column, *_ in described}
        former = [
            f", {value} as {column}"
            for (owner, column), value in _FORMERLY.items()
            if owner == table and column not in present
        ]
        rows = f"from older.{table} select *{''.join(former)}"
        connection.execute(f"insert into {table} by name {rows}")
    return connection


def _opened(path: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    return opened(path, read_only=True, patience_s=_READ_PATIENCE_S)


def _additions(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """SQL that adds the columns that the registry lacks, once its missing tables are made.

    Raises
    ------
    RtstructError
        ``database_unreadable``: it is not a registry, for it lacks what each one has.
    """
    present = _columns(connection)
    tables = {table for table, _ in present}
    additions: list[str] = []
    anew: dict[str, str] = {}
    for (table, column), (kind, is_nullable) in _columns_of_this_version(connection).items():
        if (table, column) in present:
            continue
        former = _FORMERLY.get((table, column))
        if "runs" not in tables or (table in tables and not is_nullable and former is None):
            raise RtstructError(
                "database_unreadable",
                f"{path} is not a registry: {table}.{column} is missing",
            )
        if table in tables and former is not None:
            # DuckDB 1 cannot add a column and fill it in one transaction.
            anew[table] = f"*, {former} as {column}"
        else:
            additions.append(f"alter table {table} add column if not exists {column} {kind}")
    for table, (key, joined) in _REKEYED.items():
        if table in tables and _key_of(connection, table) != key:
            anew[table] = f"* replace (coalesce({joined}, '') as {joined})"
    for table, selected in anew.items():
        additions += _made_anew(table, selected)
    return additions


def _key_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    found = connection.execute(
        "select constraint_column_names from duckdb_constraints()"
        " where table_name = ? and database_name = current_database()"
        " and constraint_type = 'PRIMARY KEY'",
        [table],
    ).fetchall()
    return list(found[0][0]) if found else []


def _made_anew(table: str, selected: str) -> list[str]:
    """SQL that makes a table as it is today, with its rows, of which ``selected`` is kept."""
    older = f"{table}_of_older_version"
    rows = f"from {older} select {selected}"
    return [
        f"create temporary table {older} as from {table}",
        f"drop table {table}",
        _schema(),
        f"insert into {table} by name {rows}",
        f"drop table {older}",
    ]


def _columns_of_this_version(
    connection: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, str], tuple[str, bool]]:
    if not _OWN_COLUMNS:
        # Beside the registry: an instance of its own would take as long as all else here.
        ((before,),) = connection.execute("select current_database()").fetchall()
        registry, blank = for_sql_name(before), for_sql_name(uuid4().hex)
        connection.execute(f"attach ':memory:' as {blank} (read_write); use {blank}")
        try:
            connection.execute(_schema())
            _OWN_COLUMNS.update(_columns(connection))
        finally:
            connection.execute(f"use {registry}; detach {blank}")
    return _OWN_COLUMNS


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[str, bool]]:
    """Type and nullability by table and column."""
    found = connection.execute(
        "select table_name, column_name, data_type, is_nullable from duckdb_columns()"
        " where database_name = current_database() and schema_name = 'main'"
    ).fetchall()
    return {(table, column): (kind, nullable) for table, column, kind, nullable in found}


def _mark() -> str:
    """SQL that notes which schema a registry has: to compare columns takes longer than to read it.

    A newer version notes its own, an older one nothing: who does not find its own compares.
    """
    return f"comment on table runs is '{_digest_of_schema()}'"


def _is_marked(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(
        "select comment from duckdb_tables()"
        " where database_name = current_database() and table_name = 'runs'"
    ).fetchall()
    return found == [(_digest_of_schema(),)]


def _digest_of_schema() -> str:
    return sha256(_schema().encode()).hexdigest()


def _schema() -> str:
    return Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
