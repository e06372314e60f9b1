"""What failed is tried again, with the parameters it failed under."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.cli.convert import add_workers
from rtstruct.errors import UsageError
from rtstruct.home import Home

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--code", metavar="CODE", help="only what failed with this error code")
    add_workers(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Convert again, one output folder and format after the other."""
    from rtstruct.cli import conversion_view as view
    from rtstruct.convert import pool
    from rtstruct.convert.driver import Request, execute, plan_request
    from rtstruct.convert.staging import recover
    from rtstruct.convert.task import Options
    from rtstruct.registry.reader import failures

    home = Home.from_environment()
    if not home.registry.exists():
        raise UsageError(f"there is no registry at {home.registry}", "Run `rtstruct convert` first")
    groups = failures(home.registry, arguments.code)
    if not groups:
        print("Nothing has failed" + (f" with {arguments.code}." if arguments.code else "."))
        return 0
    pool.warm_up()
    code = 0
    for group in groups:
        options = json.loads(group.parameters)
        request = Request(
            where="true",
            out=home.root / Path(options.pop("out")),
            options=Options(**options),
            redo="failed",
            only=group.failed,
        )
        recover(home.root, request.out)
        plan = plan_request(home, request)
        with view.progress(plan) as show:
            tally = execute(
                home,
                request,
                plan,
                command="retry",
                parameters=json.dumps({"code": arguments.code, **json.loads(group.parameters)}),
                workers=arguments.workers,
                progress=show,
            )
        code = max(code, view.show_result(plan, tally, request.out, as_json=arguments.json))
    return code
