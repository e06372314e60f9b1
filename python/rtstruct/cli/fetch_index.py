"""``rtstruct fetch-index``: what IDC knows of the ROIs in its structure sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.catalog.fetch_index import fetch_rtstruct_index
from rtstruct.cli.show.say import say
from rtstruct.home import Home

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There is nothing to choose."""


def run(arguments: argparse.Namespace) -> int:
    home = Home.from_environment()
    count = fetch_rtstruct_index(home)
    say(f"{count} structure sets in {home.rtstruct_index}")
    return 0
