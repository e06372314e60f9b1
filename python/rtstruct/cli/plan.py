"""The work in parts, for a scheduler of your own: SLURM arrays, Google Batch, Nextflow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.cli.convert import add_results, positive, selected
from rtstruct.cli.selection import add_catalog, add_where, copy_catalog
from rtstruct.cli.show.say import say, tell

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_where(parser, required=True)
    parser.add_argument(
        "--shards", type=positive, required=True, metavar="K", help="how many parts"
    )
    parser.add_argument(
        "--into", type=Path, default=Path("shards"), metavar="DIR", help="folder (default: shards)"
    )
    add_catalog(parser)
    add_results(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the shards and print their paths."""
    from rtstruct.cli.show.conversion import nothing_to_do
    from rtstruct.conversion.planning.shards import write_shards
    from rtstruct.conversion.run.driver import plan_request

    if arguments.catalog == "bigquery":
        copy_catalog()
    request, selection = selected(arguments)
    plan = plan_request(request, selection)
    if nothing := nothing_to_do(plan):
        say(nothing)
    for path in write_shards(arguments.into, request, selection, plan, arguments.shards):
        tell(path)
    return 0
