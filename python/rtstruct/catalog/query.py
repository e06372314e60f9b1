"""Read-only questions to the catalog, with the registry beside it when there is one."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rtstruct.duckdb_file import attach, reason_of
from rtstruct.errors import RtstructError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from rtstruct.home import Home

_LOCK_PATIENCE_S = 30.0
_REGISTRY = "registry"
_NO_TABLE = "Catalog Error: Table with name"
_NO_ACCESS = re.compile(r"Permission Error: |file system .+ disabled|external access", re.I)
_QUESTIONS = frozenset({"SELECT", "EXPLAIN", "PRAGMA", "MULTI"})
_READ_ONLY = (
    "Ask with SELECT: this reads catalog and registry, and nothing else."
    " For more, open copies of the files in DuckDB itself"
)


@dataclass(frozen=True)
class Answer:
    """Rows with the names of their columns."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def connect(
    home: Home, may_write: Path | None = None, *, patience_s: float = _LOCK_PATIENCE_S
) -> duckdb.DuckDBPyConnection:
    """Open the catalog read-only; marts go by their bare names, the registry by ``registry``.

    Whatever is asked reaches these two and no other file, but for ``may_write``.

    Raises
    ------
    UsageError
        There is no catalog yet.
    RtstructError
        ``database_locked``: a writer held the catalog or the registry for longer than
        ``patience_s`` seconds. ``database_unreadable``: one of them is no DuckDB file.
    """
    import duckdb

    if not home.catalog.is_file():
        raise UsageError(f"there is no catalog at {home.catalog}", "Run `rtstruct build` first")
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    attach(connection, home.catalog, "catalog", patience_s)
    if home.registry.is_file():
        attach(connection, home.registry, _REGISTRY, patience_s)
    try:
        connection.execute("set search_path = 'catalog.rtstruct'")
    except duckdb.CatalogException:
        raise UsageError(f"{home.catalog} holds no catalog", "Run `rtstruct build` first") from None
    if may_write is not None:
        connection.execute("set allowed_paths = $1", [[str(may_write.absolute())]])
    connection.execute("set enable_external_access = false; set lock_configuration = true")
    return connection


def has_tables(connection: duckdb.DuckDBPyConnection, *tables: str) -> bool:
    """Whether the catalog (bare names) and the registry (``registry.name``) have these tables."""
    present = {
        f"{_REGISTRY}.{table}" if database == _REGISTRY else table
        for database, table in connection.execute(
            "select database_name, table_name from duckdb_tables()"
        ).fetchall()
    }
    return present.issuperset(tables)


def ask(connection: duckdb.DuckDBPyConnection, query: str) -> Answer:
    """The answer to one question.

    Raises
    ------
    UsageError
        The SQL is wrong, asks nothing, or asks more than once.
    """
    with _plain_errors():
        relation = _relation(connection, query)
        return Answer(tuple(relation.columns), relation.fetchall())


def save(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write the answer as Parquet, with its types; errors as in :func:`ask`.

    Raises
    ------
    RtstructError
        ``output_failed``: there is no room, or no permission.
    """
    import duckdb

    with _plain_errors():
        relation = _relation(connection, query)
        try:
            relation.write_parquet(str(path))
        except duckdb.IOException as error:
            raise RtstructError(
                "output_failed",
                f"{path.parent} cannot be written: {reason_of(error)}",
                "Make room, or name another file",
            ) from error


def detached(home: Home, query: str) -> duckdb.DuckDBPyRelation:
    """The answer as a relation in memory that holds no lock; errors of ``connect`` and ``ask``."""
    connection = connect(home)
    with _plain_errors():
        _relation(connection, query).create("memory.main.answer")
        connection.execute("use memory.main")
        for name in ("catalog", "registry"):
            connection.execute(f"detach database if exists {name}")
        return connection.table("answer")


def _relation(connection: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyRelation:
    statements = connection.extract_statements(query)
    if len(statements) > 1:
        raise UsageError("the SQL is more than one question", "Ask them one by one")
    if not statements or statements[0].type.name not in _QUESTIONS:
        raise UsageError("the SQL is not a question", _READ_ONLY)
    relation = connection.sql(query)
    if relation is None:
        raise UsageError("the SQL gives no rows", _READ_ONLY)
    return relation


@contextmanager
def _plain_errors() -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        said = [line for line in lines if not line.startswith(("LINE ", "^"))]
        hint = " ".join(said[1:])
        if _NO_ACCESS.search(said[0]):
            hint = _READ_ONLY
        if isinstance(error, duckdb.CatalogException) and said[0].startswith(_NO_TABLE):
            hint = '`rtstruct sql "show tables"` lists what there is'
        raise UsageError(said[0], hint) from None
