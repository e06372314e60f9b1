"""Commands and options completed by the user's shell: a script that ``shtab`` writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.cli import COMMANDS, parser_of
from rtstruct.cli.show.say import tell

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    parser = parser_of(COMMANDS)
    for action in _actions(parser):
        if action.type is Path or action.metavar == "FILE":
            kind = shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE
            action.complete = kind  # type: ignore[attr-defined]  # how shtab is told
    # A newline in a line of data is spelled out, and no line here is data.
    tell(*shtab.complete(parser, arguments.shell).splitlines())
    return 0


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every option and argument of a parser and of its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action.choices, dict):
            for below in action.choices.values():
                yield from _actions(below)
