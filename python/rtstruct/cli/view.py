"""``rtstruct view``: the report's pages, masks on their images and SQL, on this machine only."""

from __future__ import annotations

import threading
import webbrowser
from typing import TYPE_CHECKING

from rtstruct.cli.show.say import say, tell
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
    from rtstruct.view.scenes import warm_up
    from rtstruct.view.server import Server
    from rtstruct.view.site import make_site

    site, problems = make_site(
        Home.from_environment(), with_identifiers=arguments.with_identifiers, progress=progress
    )
    for problem in problems:
        say(problem)
    with Server(site, arguments.port) as server:
        tell(server.url)
        say("On this machine only, as long as this runs; Ctrl-C ends it.")
        if not arguments.no_browser:
            webbrowser.open(server.url)
        threading.Thread(target=warm_up, daemon=True).start()
        server.serve_forever()
    return 0
