"""What failed is tried again, with the parameters it failed under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.cli.convert import add_runner
from rtstruct.cli.selection import add_pseudonyms, pseudonyms_of
from rtstruct.cli.show.say import say, tell
from rtstruct.errors import RtstructError
from rtstruct.home import Home

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--code", metavar="CODE", help="only what failed with this error code")
    add_pseudonyms(parser)
    add_runner(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Convert again, one output folder and format after the other."""
    from rtstruct.cli.show.conversion import show_result
    from rtstruct.conversion.run import local
    from rtstruct.pipeline.retry import retry
    from rtstruct.processes import fork_early
    from rtstruct.progress import progress

    if not arguments.cluster:
        fork_early()
        local.warm_up()
    codes = []
    for result in retry(
        Home.from_environment(),
        code=arguments.code,
        pseudonyms=pseudonyms_of(arguments),
        workers=arguments.workers,
        cluster=arguments.cluster,
        progress=progress,
    ):
        if isinstance(result, RtstructError):
            say(f"rtstruct: {result}")
            codes.append(1)
        else:
            codes.append(show_result(result, as_json=arguments.json))
    if not codes:
        tell("Nothing has failed" + (f" with {arguments.code}." if arguments.code else "."))
    return max(codes, default=0)
