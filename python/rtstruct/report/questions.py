"""What the pages ask the catalog. The SQL that makes a count is shown beside it, as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rtstruct.catalog.query import has_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb


@dataclass(frozen=True)
class Table:
    """The answer to one question, with the SQL that gives it."""

    sql: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def records(self) -> list[dict[str, Any]]:
        """Rows by the names of their columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def column(self, name: str) -> list[Any] | None:
        """Values of one column; None where the catalog has no such column."""
        if name not in self.columns:
            return None
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


def sql_of(name: str) -> str:
    """The text of one question."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8").strip()


def ask(connection: duckdb.DuckDBPyConnection, name: str) -> Table:
    """The answer to the question in ``sql/<name>.sql``."""
    return _table(connection, sql_of(name))


def ask_together(connection: duckdb.DuckDBPyConnection, names: Sequence[str], order: str) -> Table:
    """The rows of several questions with the same columns, as one question."""
    parts = "\nunion all\n".join(f"(\n{sql_of(name)}\n)" for name in names)
    return _table(connection, f"select *\nfrom (\n{parts}\n)\norder by {order}")


def _table(connection: duckdb.DuckDBPyConnection, sql: str) -> Table:
    cursor = connection.execute(sql)
    columns = tuple(column[0] for column in cursor.description)
    return Table(sql, columns, cursor.fetchall())


def ask_if_there(connection: duckdb.DuckDBPyConnection, name: str, *tables: str) -> Table | None:
    """The answer, or None where the home lacks one of the tables that the question needs."""
    return ask(connection, name) if has_tables(connection, *tables) else None
