"""``rtstruct build``: make the catalog."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rtstruct.catalog.build import parse_variables
from rtstruct.cli.show.say import say
from rtstruct.errors import UsageError
from rtstruct.home import Home
from rtstruct.pipeline.build import build
from rtstruct.progress import progress, silent

if TYPE_CHECKING:
    import argparse

_DBT_VALUES = ("select", "exclude", "threads")
_DBT_SWITCHES = ("full_refresh", "fail_fast")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        choices=("dicom", "idc_index", "idc"),
        default="dicom",
        help="an index of your own files (default), IDC's Parquet index, IDC in BigQuery",
    )
    parser.add_argument("--target", choices=("duckdb", "bigquery"), default="duckdb")
    options = parser.add_argument_group("dbt options")
    options.add_argument("--select", "-s", metavar="NODES", help="build these nodes only")
    options.add_argument("--exclude", metavar="NODES", help="leave these nodes out")
    options.add_argument(
        "--vars", metavar="YAML", help="dbt variables, such as 'idc_dataset: idc_v25'"
    )
    options.add_argument("--threads", metavar="N")
    options.add_argument("--full-refresh", action="store_true")
    options.add_argument("--fail-fast", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    home = Home.from_environment()
    if arguments.source == "idc" and arguments.target != "bigquery":
        raise UsageError("source idc is in BigQuery", "Add --target bigquery")
    result = build(
        home,
        target=arguments.target,
        source=arguments.source,
        variables=parse_variables(arguments.vars) if arguments.vars else None,
        options=_options(arguments),
        progress=progress if sys.stderr.isatty() else silent,
    )
    if arguments.source == "idc_index" and not home.rtstruct_index.is_file():
        say(f"Without {home.rtstruct_index} there are no ROI names: run `rtstruct fetch-index`")
    for problem in result.problems:
        say(f"rtstruct: {problem}")
    where = home.catalog if arguments.target == "duckdb" else "BigQuery"
    counts = f"{result.models} models built, {result.tests} tests passed"
    told = f"{counts} in {result.seconds:.0f} s: {where}"
    if result.is_unchanged:
        told = f"Nothing has changed since it was built: {where}"
    if result.warnings:
        told += f". Tests of the source's data failed: {', '.join(result.warnings)}"
    say(told)
    if arguments.target == "bigquery" and not result.problems:
        from rtstruct.catalog.bigquery import fetch_marts

        instead = ", in place of the catalog that was there" if home.catalog.exists() else ""
        marts = fetch_marts(home.catalog)
        rows = sum(mart.rows for mart in marts)
        say(f"{rows} rows of {len(marts)} marts copied: {home.catalog}{instead}")
    return 1 if result.problems else 0


def _options(arguments: argparse.Namespace) -> list[str]:
    options = []
    for name in _DBT_VALUES:
        value = getattr(arguments, name)
        if value is not None:
            options += [f"--{name}", value]
    options += [f"--{name.replace('_', '-')}" for name in _DBT_SWITCHES if getattr(arguments, name)]
    return options
