"""What failed is tried again, with the parameters it failed under."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from rtstruct.cli.convert import add_runner
from rtstruct.errors import UsageError
from rtstruct.home import Home

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--code", metavar="CODE", help="only what failed with this error code")
    add_runner(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Convert again, one output folder and format after the other."""
    from dataclasses import replace

    from rtstruct.cli import conversion
    from rtstruct.conversion.json_codec import decode
    from rtstruct.conversion.planning.plan import Request, identity, whole_files
    from rtstruct.conversion.run import local
    from rtstruct.conversion.run.driver import from_catalog
    from rtstruct.conversion.task import Options
    from rtstruct.registry.reader import failures, tried

    home = Home.from_environment()
    if not home.registry.exists():
        raise UsageError(f"there is no registry at {home.registry}", "Run `rtstruct convert` first")
    groups = failures(home.registry, arguments.code)
    if not groups:
        print("Nothing has failed" + (f" with {arguments.code}." if arguments.code else "."))
        return 0
    if not arguments.cluster:
        local.warm_up()
    everything = from_catalog(home.catalog, "true")
    code = 0
    for group in groups:
        options = json.loads(group.parameters)
        out = home.root / options.pop("out")
        try:
            known = decode(Options, json.dumps(options))
        except (KeyError, TypeError, ValueError):
            print(
                f"rtstruct: {len(group.failed)} ROIs failed under options of another version:"
                " run `rtstruct convert` again",
                file=sys.stderr,
            )
            code = 1
            continue
        request = Request(home.root, home.registry, out, known, "failed")
        due: Collection[tuple[str, int]] = group.failed
        if request.options.is_together:
            due = whole_files(due, tried(home.registry, request.parameters_hash))
        failed = {conversion for conversion, _ in due}
        rows = [row for row in everything.rows if identity(row, request) in failed]
        result = conversion.carry_out(
            request,
            replace(everything, rows=rows),
            only=due,
            command="retry",
            parameters={"code": arguments.code, **json.loads(group.parameters)},
            workers=arguments.workers,
            cluster=arguments.cluster,
            as_json=arguments.json,
        )
        code = max(code, result)
    return code
