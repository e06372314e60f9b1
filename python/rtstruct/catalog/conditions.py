"""SQL conditions of a user: what is wrong with one, in a line that helps to mend it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rtstruct.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb


@contextmanager
def explained(
    option: str, condition: str, *, of: str, example: str, columns: Iterable[str]
) -> Iterator[None]:
    """Say what DuckDB says of a condition, with an example and the columns that there are.

    Raises
    ------
    UsageError
        The condition is not one.
    """
    import duckdb

    try:
        yield
    except duckdb.IOException:
        # Not the condition's fault: it reaches no file but the catalog and the registry.
        raise
    except duckdb.Error as error:
        problem = str(error).partition("\n")[0]
        raise UsageError(
            f"{option} {condition!r} is not a condition on {of}: {problem}",
            f"Text goes in single quotes, as in {example}. Columns: " + ", ".join(columns),
        ) from error


def as_expression(condition: str, connection: duckdb.DuckDBPyConnection) -> duckdb.Expression:
    """Return a condition as DuckDB's expression: one that is no more than a condition.

    Raises
    ------
    duckdb.Error
        It is not one.
    """
    import duckdb

    expression = duckdb.SQLExpression(condition)
    # DuckDB 1 drops what comes behind an expression: `true limit 1` would select all.
    connection.extract_statements(f"select (\n{condition}\n)")
    return expression
