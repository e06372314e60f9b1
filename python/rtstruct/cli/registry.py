"""The registry follows what people do: shards merged, folders moved, folders gone."""

from __future__ import annotations

import os
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
    move = actions.add_parser("move", help="masks lie in another folder now; move it first")
    move.add_argument("old", type=Path, metavar="OLD", help="where they were converted into")
    move.add_argument("new", type=Path, metavar="NEW", help="where they are")
    forget = actions.add_parser(
        "forget", help="drop what is known of a folder of masks; no file is touched"
    )
    forget.add_argument("folder", type=Path, metavar="DIR", help="where they were converted into")


def run(arguments: argparse.Namespace) -> int:
    """Merge, and remove masks that newer ones have replaced; or follow a folder."""
    from rtstruct.pipeline.merge import merge_registries
    from rtstruct.pipeline.relocate import forget, move

    home = Home.from_environment()
    if arguments.action == "move":
        moved = move(home, _absolute(arguments.old), _absolute(arguments.new))
        tell(f"{moved.conversions} conversions, {moved.masks} files: now in {arguments.new}")
        return 0
    if arguments.action == "forget":
        dropped = forget(home, _absolute(arguments.folder))
        tell(f"{dropped.conversions} conversions, {dropped.masks} masks dropped from the registry")
        return 0
    count = merge_registries(home, arguments.files, [each.absolute() for each in arguments.out])
    tell(f"{count} conversions from {len(arguments.files)} registries in {home.registry}")
    return 0


def _absolute(path: Path) -> Path:
    """As the registry spells it: links are kept, ``..`` and a slash at the end are not."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - a link is another folder than its target
