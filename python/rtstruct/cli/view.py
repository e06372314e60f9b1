"""``rtstruct view``: the report's pages, masks on their images and SQL, on this machine only."""

from __future__ import annotations

import argparse
import threading
import webbrowser
from contextlib import suppress

from rtstruct.cli.show.say import say, tell
from rtstruct.errors import UsageError
from rtstruct.home import Home


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=0, help="port (default: any that is free)")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.add_argument(
        "--with-identifiers",
        action="store_true",
        help="show PatientIDs, UIDs and paths; without, patients have pseudonyms. SQL shows all",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: those are 1 to 65535")
    return int(text)


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
    try:
        opened = Server(site, arguments.port)
    except OSError as error:
        raise UsageError(
            f"port {arguments.port} cannot be used: {error.strerror}",
            "Name another one, or none for any that is free",
        ) from error
    with opened as server, suppress(KeyboardInterrupt):
        tell(server.url)
        say("On this machine only, as long as this runs; Ctrl-C ends it.")
        if not arguments.no_browser:
            webbrowser.open(server.url)
        threading.Thread(target=warm_up, daemon=True).start()
        server.serve_forever()
    return 0
