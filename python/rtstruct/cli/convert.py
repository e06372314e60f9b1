"""Masks, on the referenced image's own grid; run again to go on."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path

from rtstruct.home import Home


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--where",
        required=True,
        metavar="SQL",
        help="condition on ROIs and their series, such as \"structure = 'Lung'\"; true for all",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where masks go (default: RTSTRUCT_HOME/masks)"
    )
    parser.add_argument(
        "--format", choices=("nifti", "nrrd", "mha"), default="nifti", help="default: nifti"
    )
    parser.add_argument(
        "--boundary",
        choices=("auto", "centre", "inclusive"),
        default="auto",
        help="voxels whose centre lies on a contour: half of them (centre), all (inclusive),"
        " or all where software traced the contours from a mask (auto, the default)",
    )
    add_workers(parser)
    parser.add_argument(
        "--redo",
        choices=("none", "failed", "changed", "all"),
        default="none",
        help="do again what failed, what came from other input or another version, or everything",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and stop")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Declare ``--workers``."""
    parser.add_argument(
        "--workers",
        type=_positive,
        metavar="N",
        default=len(os.sched_getaffinity(0)),
        help="processes (default: one per processor)",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Plan, convert, report."""
    from rtstruct.cli import conversion_view as view
    from rtstruct.convert import pool
    from rtstruct.convert.driver import Request, execute, plan_request
    from rtstruct.convert.staging import recover
    from rtstruct.convert.task import Options

    home = Home.from_environment()
    request = Request(
        where=arguments.where,
        out=(arguments.out or home.masks).absolute(),
        options=Options(format=arguments.format, boundary=arguments.boundary),
        redo=arguments.redo,
    )
    if arguments.dry_run:
        return view.show_plan(plan_request(home, request), as_json=arguments.json)
    pool.warm_up()
    recover(home.root, request.out)
    plan = plan_request(home, request)
    given = {"where": request.where, "out": str(request.out), "redo": request.redo}
    with view.progress(plan) as show:
        tally = execute(
            home,
            request,
            plan,
            command="convert",
            parameters=json.dumps({**given, **asdict(request.options)}),
            workers=arguments.workers,
            progress=show,
        )
    return view.show_result(plan, tally, request.out, as_json=arguments.json)
