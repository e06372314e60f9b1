"""``rtstruct sql``: ask the catalog, and the registry beside it, in SQL."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.atomic_write import draft_file
from rtstruct.catalog.query import ask, connect, save
from rtstruct.cli.show import tables
from rtstruct.errors import UsageError
from rtstruct.home import Home

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "query",
        metavar="SQL",
        help="a question to the tables of `show tables`, and to registry.masks and so on",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one array of objects")
    form.add_argument("--csv", action="store_true")
    form.add_argument("--parquet", type=Path, metavar="FILE")
    form.add_argument(
        "--full",
        action="store_true",
        help="UIDs whole, which a terminal shows without their middle",
    )


def run(arguments: argparse.Namespace) -> int:
    home = Home.from_environment()
    if arguments.parquet and arguments.parquet.resolve().parent == home.root.resolve():
        raise UsageError(
            f"{arguments.parquet} would lie among catalog and registry", "Name another folder"
        )
    if arguments.parquet:
        with (
            draft_file(arguments.parquet) as draft,
            connect(home, may_write=draft) as connection,
        ):
            save(connection, arguments.query, draft)
        return 0
    with connect(home) as connection:
        answer = ask(connection, arguments.query)
    tables.write(
        answer, sys.stdout, as_json=arguments.json, as_csv=arguments.csv, full=arguments.full
    )
    return 0
