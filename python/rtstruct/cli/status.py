"""What is done, what failed and why, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rtstruct.cli.show.conversion import counted, guesses
from rtstruct.cli.show.say import tell_json
from rtstruct.codes import codes, remedy
from rtstruct.errors import RtstructError, UsageError
from rtstruct.home import Home
from rtstruct.quoting import for_terminal

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from rtstruct.registry.judgements import JudgementSummary
    from rtstruct.registry.summary import Summary

_PATIENCE_S = 1.0
_TOLD_OF = {
    "masks_not_judged": "not_judged",
    "masks_outdated": "outdated",
    "masks_without_structure_set": "structure_set_gone",
}
"""Counts of masks, by the code that explains each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the same as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Read the registry once and show it; also while a conversion runs."""
    from rtstruct.registry.summary import summarise

    home = Home.from_environment()
    if not home.registry.exists():
        raise UsageError(f"there is no registry at {home.registry}", "Run `rtstruct convert` first")
    summary = summarise(home.registry)
    judged = _judged(home, summary)
    if arguments.json:
        facts = (
            dict.fromkeys(("mask_findings", *_TOLD_OF))
            if isinstance(judged, RtstructError)
            else asdict(judged)
        )
        tell_json({**asdict(summary), **facts})
    else:
        _show(summary, judged)
    return 0


def _judged(home: Home, summary: Summary) -> JudgementSummary | RtstructError:
    """What the last build says of the masks, or why it cannot be read, such as another build."""
    from rtstruct.registry.judgements import JudgementSummary, summarise_judgements

    if not home.catalog.is_file():
        return JudgementSummary((), summary.total.masks, 0, 0)
    try:
        return summarise_judgements(home, patience_s=_PATIENCE_S)
    except RtstructError as error:
        return error


def _show(summary: Summary, judged: JudgementSummary | RtstructError) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    collections = Table("collection", box=None, pad_edge=False)
    for name in ("done", "partial", "failed", "skipped", "masks", "MB"):
        collections.add_column(name, justify="right")
    states = [(each.collection_id or "-", each) for each in summary.by_collection]
    for name, state in [*states, ("all", summary.total)]:
        counts = (state.done, state.partial, state.failed, state.skipped, state.masks)
        # Names come from files: never read as markup.
        collections.add_row(Text(for_terminal(name)), *map(str, counts), f"{state.bytes / 1e6:.1f}")
    console.print(collections)
    if summary.points:
        console.print(counted(summary.points, "point"))
    for failure in summary.failures:
        rois = f"{counted(failure.rois, 'ROI')} in " if failure.rois else ""
        sets = counted(failure.structure_sets, "structure set")
        _tell(
            console, f"{failure.error_code}: {rois}{sets}", _such_as(failure.example), failure.hint
        )
    found = () if isinstance(judged, RtstructError) else judged.mask_findings
    for warning in (*summary.warnings, *found):
        sets = counted(warning.structure_sets, "structure set")
        head = f"{warning.code}: {counted(warning.masks, 'mask')} in {sets}"
        _tell(console, head, _such_as(warning.example), warning.hint)
    if isinstance(judged, RtstructError):
        said = f"\nWhat the catalog says of masks is not shown: {for_terminal(str(judged))}"
        console.print(Text(said), soft_wrap=True)
    else:
        for name, code in _TOLD_OF.items():
            if count := getattr(judged, name):
                head = f"{code}: {counted(count, 'mask')}"
                _tell(console, head, codes()[code].why, remedy(code))
    if summary.guesses:
        console.print(Text("\n" + guesses(summary.guesses)), soft_wrap=True)
    if summary.downloads.series:
        cached = summary.downloads
        files = f"{counted(cached.files, 'file')}, {cached.bytes / 1e6:.1f} MB"
        console.print(f"\nFetched: {cached.series} series, {files}")
    for missing in summary.download_failures:
        objects = counted(missing.objects, "object")
        head = f"{missing.error_code}: {objects} of {missing.series} series"
        hint = missing.hint or "run `rtstruct fetch` again"
        _tell(console, head, _such_as(missing.example), hint)
    if (last := summary.last_run) is not None:
        outcome = for_terminal(last.outcome or "running, or killed: the same command goes on")
        console.print(f"\nLast run: {last.command}, {last.started}: ", Text(outcome), sep="")


def _such_as(example: str) -> str:
    return f"for example: {example}"


def _tell(console: Console, head: str, detail: str, hint: str) -> None:
    """What there is of one code, and what to do about it."""
    from rich.text import Text

    lines = [head, f"  {for_terminal(detail)}"]
    if hint:
        lines.append(f"  to do: {hint}")
    console.print(Text("\n" + "\n".join(lines)), soft_wrap=True)
