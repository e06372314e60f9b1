"""``rtstruct demo``: the full pipeline on phantom patients, and how close the masks come."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections import Counter
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtstruct import demo
from rtstruct.cli.show.say import tell_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from rich.console import Console

    from rtstruct.demo import Step, Verdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path("rtstruct-demo"),
        metavar="DIR",
        help="where everything goes (default: ./rtstruct-demo)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    from rich.console import Console

    from rtstruct.catalog.outcomes import mart_counts

    progress = Console(stderr=True, highlight=False)
    home = demo.open_folder(arguments.folder)
    truth, step = demo.make_phantoms(home)
    _show_step(progress, step)
    steps = [step]
    for work in (demo.index, demo.build, demo.convert, demo.report):
        with progress.status(work.__name__):
            step = work(home)
        _show_step(progress, step)
        steps.append(step)
    verdicts = demo.judge(home, truth)
    counts = mart_counts(home)
    if arguments.json:
        tell_json(_as_json(steps, counts, verdicts))
    else:
        progress.print()
        console = Console(highlight=False)
        _show_counts(console, counts)
        _show_rois(console, verdicts)
        _show_summary(console, verdicts)
        _show_next(console, arguments.folder)
    return 0 if all(verdict.agrees for verdict in verdicts) else 1


def _show_step(console: Console, step: Step) -> None:
    from rich.markup import escape

    output = escape(os.path.relpath(step.output))
    console.print(
        f"[bold]{step.name:<8}[/] {step.result:<30} {step.seconds:4.1f} s  [dim]{output}[/]",
        soft_wrap=True,
    )


def _show_counts(console: Console, counts: dict[str, int]) -> None:
    console.print("[bold]The catalog[/], rows of each table")
    for table, count in counts.items():
        console.print(f"  {count:>4} {table}")
    console.print()


def _show_rois(console: Console, verdicts: Sequence[Verdict]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("ROIName", no_wrap=True, max_width=22, overflow="ellipsis")
    for name in ("class", "structure", "side"):
        table.add_column(name, no_wrap=True)
    for name in ("mask mL", "truth", "differs"):
        table.add_column(name, justify="right", no_wrap=True)
    for patient, group in groupby(verdicts, key=lambda verdict: verdict.truth.PatientID):
        table.add_row(Text(patient, style="bold"))
        for verdict in group:
            truth, found = verdict.truth, verdict.outcome
            table.add_row(
                # Names come from files: never read as markup.
                Text(f"  {truth.ROIName}"),
                found.roi_class,
                found.structure,
                found.laterality,
                _result(verdict),
                "" if truth.volume_mL is None else f"{truth.volume_mL:.1f}",
                "" if verdict.difference is None else f"{verdict.difference:+.2%}",
                style="" if verdict.agrees else "red",
            )
    console.print(table)
    console.print()


def _result(verdict: Verdict) -> str:
    found = verdict.outcome
    if found.mask_volume_mL is not None:
        return f"{found.mask_volume_mL:.1f}"
    if found.point_count:
        return f"{found.point_count} point{'s' if found.point_count > 1 else ''}"
    return found.error_code or "nothing"


def _show_summary(console: Console, verdicts: Sequence[Verdict]) -> None:
    from rich.table import Table

    masks = [verdict for verdict in verdicts if verdict.truth.kind == "mask"]
    agreeing = sum(verdict.agrees for verdict in masks)
    differences = [abs(verdict.difference) for verdict in masks if verdict.difference is not None]
    console.print(
        f"[bold]{agreeing} of {len(masks)} masks agree[/] with what was drawn to within"
        f" {demo.TOLERANCE:.0%}; the largest difference is {max(differences, default=0):.2%}."
    )
    reasons = Counter(
        (verdict.outcome.error_code, verdict.outcome.message)
        for verdict in verdicts
        if verdict.outcome.error_code
    )
    table = Table.grid(padding=(0, 1))
    for (code, message), count in reasons.items():
        table.add_row(f"{count} ROIs" if count > 1 else "1 ROI", code, message)
    console.print("No mask, and why:", table, "")
    missed = [verdict for verdict in verdicts if not verdict.agrees]
    if missed:
        console.print(f"{len(missed)} ROIs are not as drawn; they are red above.", style="bold red")


def _show_next(console: Console, folder: Path) -> None:
    program = _program()
    own = ("index /path/to/dicom", "build", "convert --where \"structure = 'Lung'\"")
    around = (
        'sql "select * from roi_name_counts"',
        'sql "select ROIName, path from registry.masks"',
        "status",
    )
    lines = (
        "Now your own DICOM",
        *(f"  {program} {command}" for command in own),
        "Look around in the demo",
        f"  export RTSTRUCT_HOME={shlex.quote(str(folder))}",
        *(f"  {program} {command}" for command in around),
    )
    for line in lines:
        style = "" if line.startswith(" ") else "bold"
        # A path is printed as it is, never read as markup, never broken.
        console.print(line, style=style, markup=False, soft_wrap=True)


def _as_json(
    steps: Sequence[Step], counts: dict[str, int], verdicts: Sequence[Verdict]
) -> dict[str, Any]:
    return {
        "steps": [asdict(step) | {"output": str(step.output)} for step in steps],
        "catalog": counts,
        "rois": [
            asdict(verdict.outcome)
            | {
                "kind": verdict.truth.kind,
                "truth_mL": verdict.truth.volume_mL,
                "difference": verdict.difference,
                "agrees": verdict.agrees,
            }
            for verdict in verdicts
        ],
        "tolerance": demo.TOLERANCE,
    }


def _program() -> str:
    """How the user would call this program: by its name if the shell finds it."""
    called = Path(sys.argv[0])
    if shutil.which("rtstruct") or called.name != "rtstruct":
        return "rtstruct"
    return os.path.relpath(called)
