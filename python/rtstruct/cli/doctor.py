"""``rtstruct doctor``: what is installed, reachable, and wrong."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rtstruct.cli.show.say import tell_json
from rtstruct.home import Home

if TYPE_CHECKING:
    import argparse

    from rtstruct.doctor import Finding

_STYLES = {"ok": "green", "absent": "dim", "problem": "bold red"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the same as JSON")


def run(arguments: argparse.Namespace) -> int:
    from rtstruct.doctor import examine

    findings = list(examine(Home.from_environment()))
    if arguments.json:
        tell_json([asdict(finding) for finding in findings])
    else:
        _show(findings)
    return 1 if any(finding.state == "problem" for finding in findings) else 0


def _show(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    table = Table("", "", Column(overflow="fold"), box=None, pad_edge=False, show_header=False)
    for finding in findings:
        text = Text(finding.detail)
        if finding.hint:
            text.append(f"\n-> {finding.hint}", style="italic")
        state = Text(finding.state, style=_STYLES[finding.state])
        table.add_row(state, finding.subject, text)
    Console(highlight=False).print(table)
