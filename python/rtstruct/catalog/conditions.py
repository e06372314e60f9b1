"""SQL conditions of a user: what is wrong with one, in a line that helps to mend it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rtstruct.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


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
