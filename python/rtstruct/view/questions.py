"""SQL of the page: read-only, without files or network, limited in rows and time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rtstruct.catalog.query import Answer, connect
from rtstruct.errors import UsageError

if TYPE_CHECKING:
    from rtstruct.home import Home

MOST_ROWS = 10_000
SECONDS = 30.0


def answer(home: Home, query: str) -> tuple[Answer, bool]:
    """At most ``MOST_ROWS`` rows, and whether there are more.

    Raises
    ------
    UsageError
        The SQL is wrong, wants more than to read, or took too long.
    """
    import duckdb

    with connect(home) as connection:
        timer = threading.Timer(SECONDS, connection.interrupt)
        timer.start()
        try:
            kinds = [one.type.name for one in connection.extract_statements(query)]
            if kinds != ["SELECT"]:
                raise UsageError("this is no single SELECT", "The catalog is read-only")
            relation = connection.sql(query).limit(MOST_ROWS + 1)
            columns, rows = tuple(relation.columns), relation.fetchall()
        except duckdb.InterruptException:
            raise UsageError(f"no answer within {SECONDS:.0f} s", "Ask for less") from None
        except duckdb.Error as error:
            raise UsageError(" ".join(str(error).partition("LINE ")[0].split())) from None
        finally:
            timer.cancel()
    return Answer(columns, rows[:MOST_ROWS]), len(rows) > MOST_ROWS
