"""A BigQuery emulator (PyPI `bqemulator`) on loopback, run as a program of its own by `emulator`.

Writes its two ports as JSON, once it answers, into the open file whose number it is given. Ends
when its standard input closes: so it ends with the process that started it, whatever happens to
that. Three faults of version 1.4.0 are mended.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TextIO

from bqemulator.config import LogLevel, Settings
from bqemulator.server import EmulatorServer
from bqemulator.sql.rewriter import create_table_schema_ctas
from bqemulator.sql.translator import SQLTranslator
from bqemulator.storage.engine import DuckDBEngine
from sqlglot import exp


def start_without_downloads() -> None:
    """Geography and Avro need DuckDB extensions that are downloaded at start; we use neither."""
    DuckDBEngine._load_spatial = lambda _self: None
    DuckDBEngine._load_format_extensions = lambda _self: None


def accept_contracts() -> None:
    """`create table t (columns) as (select ...)`, which dbt writes for a contract, has parentheses.

    The emulator's own rewriting of such statements looks for a bare `select`.
    """
    first_select = create_table_schema_ctas._first_select

    def within_parentheses(body: exp.Expression) -> exp.Select | None:
        while isinstance(body, (exp.Subquery, exp.Paren)):
            body = body.this
        return first_select(body)

    create_table_schema_ctas._first_select = within_parentheses


def keep_names() -> None:
    """To round averages of decimals, which we have none of, every name in a query is resolved.

    That writes the names of columns in lower case, and mixes up equal names of CTEs in views.
    """
    SQLTranslator._annotate_tree = staticmethod(lambda tree, _schema: tree)


async def serve(answer: TextIO) -> None:
    settings = Settings(rest_port=0, grpc_port=0, log_level=LogLevel.ERROR)
    server = EmulatorServer(settings)
    await server.start()
    json.dump({"rest": server.rest_port, "grpc": server.grpc_port}, answer)
    answer.close()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop()


if __name__ == "__main__":
    start_without_downloads()
    accept_contracts()
    keep_names()
    asyncio.run(serve(os.fdopen(int(sys.argv[1]), "w")))
