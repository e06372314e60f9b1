"""``rtstruct view``: the report's pages, masks on their images and SQL, on this machine only."""

from __future__ import annotations

import sys
import webbrowser
from typing import TYPE_CHECKING

from rtstruct.home import Home

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="port (default: any that is free)")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.add_argument(
        "--with-identifiers",
        action="store_true",
        help="show PatientIDs, UIDs and paths; without, patients have pseudonyms. SQL shows all",
    )


def run(arguments: argparse.Namespace) -> int:
    from rtstruct.progress import progress
    from rtstruct.view.server import Server
    from rtstruct.view.site import make_site

    site, problems = make_site(
        Home.from_environment(), with_identifiers=arguments.with_identifiers, progress=progress
    )
    for problem in problems:
        print(problem, file=sys.stderr)
    with Server(site, arguments.port) as server:
        print(server.url, flush=True)
        print("On this machine only, as long as this runs; Ctrl-C ends it.", file=sys.stderr)
        if not arguments.no_browser:
            webbrowser.open(server.url)
        server.serve_forever()
    return 0
