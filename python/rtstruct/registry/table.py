"""Rows of tables as dictionaries, in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

Row = dict[str, Any]
"""Values by column name."""


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row], *, known: str = ""
) -> None:
    """Insert rows that all have the same columns; ``known="or ignore"`` keeps what is there."""
    # One value holds a whole column: to bind each field for itself takes twenty times as long.
    if rows:
        columns = ", ".join(f"unnest(?) as {name}" for name in rows[0])
        connection.execute(
            f"insert {known} into {table} by name select {columns}",
            [[_storable(row[name]) for row in rows] for name in rows[0]],
        )


def found_rows(found: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return the rows that a query has found."""
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _storable(value: object) -> object:
    # A file name of undecodable bytes reaches Python as lone surrogates, which UTF-8 refuses.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
