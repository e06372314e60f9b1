"""What the pages ask the catalog. The SQL that makes a count is shown beside it, as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rtstruct.catalog.query import has_tables

if TYPE_CHECKING:
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
    sql = sql_of(name)
    cursor = connection.execute(sql)
    columns = tuple(column[0] for column in cursor.description)
    return Table(sql, columns, cursor.fetchall())


def ask_if_there(connection: duckdb.DuckDBPyConnection, name: str, *tables: str) -> Table | None:
    """The answer, or None where the home lacks one of the tables that the question needs."""
    return ask(connection, name) if has_tables(connection, *tables) else None
