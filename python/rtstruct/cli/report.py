"""``rtstruct report``: pages to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.cli.show.say import say, tell, tell_json
from rtstruct.home import Home

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder of the pages (default: RTSTRUCT_HOME/report)",
    )
    parser.add_argument(
        "--with-identifiers",
        action="store_true",
        help="show PatientIDs, UIDs and paths; without, patients have pseudonyms of this report",
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    from rtstruct.cli.show.conversion import counted
    from rtstruct.progress import progress
    from rtstruct.report.run import write_report

    home = Home.from_environment()
    out = (arguments.out or home.report).absolute()
    report = write_report(home, out, with_identifiers=arguments.with_identifiers, progress=progress)
    for problem in report.problems:
        say(problem)
    if arguments.json:
        tell_json(
            {
                "index": str(report.index),
                "index_bytes": report.index_bytes,
                "pictures": report.pictures,
                "problems": report.problems,
            },
            None,
        )
    else:
        tell(f"{report.index}, {counted(report.pictures, 'picture')}")
    return 1 if report.problems else 0
