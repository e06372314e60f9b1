"""Registries of shards into the one in RTSTRUCT_HOME."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.cli.show.say import tell
from rtstruct.home import Home

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    merge = actions.add_parser("merge", help="add what other registries know; may be repeated")
    merge.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="such as shards/*.duckdb"
    )
    merge.add_argument(
        "--out",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="folder of masks outside RTSTRUCT_HOME that this registry does not know yet",
    )


def run(arguments: argparse.Namespace) -> int:
    """Merge, and remove masks that newer ones have replaced."""
    from rtstruct.pipeline.merge import merge_registries

    home = Home.from_environment()
    count = merge_registries(home, arguments.files, [each.absolute() for each in arguments.out])
    tell(f"{count} conversions from {len(arguments.files)} registries in {home.registry}")
    return 0
