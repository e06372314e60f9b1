"""Conversions as commands carry them out: what is planned, how it goes on, what came of it."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from rtstruct.cli.show.progress import progress as steps

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from threading import Event

    from rtstruct.conversion.planning.plan import Plan, Request, Selection
    from rtstruct.conversion.run.driver import ConversionCounts
    from rtstruct.conversion.run.local import Runner


def carry_out(
    request: Request,
    selection: Selection,
    *,
    command: str,
    parameters: Mapping[str, object],
    workers: int,
    cluster: str | None = None,
    only: Collection[tuple[str, int]] | None = None,
    as_json: bool,
) -> int:
    """Recover, plan, convert, and show it; returns the exit code.

    ``only`` restricts it to some ROIs: conversion_id, ROINumber.
    """
    from rtstruct.conversion.planning.plan import restrict
    from rtstruct.conversion.publish.staging import recover
    from rtstruct.conversion.run.driver import execute, plan_request, stop_signals

    recover(request.registry, request.out)
    with stop_signals() as stopping, _files_of(request, selection, stopping) as local:
        if only is not None:
            local = replace(local, rows=restrict(local.rows, request, only))
        plan = plan_request(request, local)
        with _runner(workers, cluster) as runner, progress(plan) as show:
            tally = execute(
                request,
                local,
                plan,
                command=command,
                parameters=json.dumps(parameters),
                runner=runner,
                progress=show,
                stopping=stopping,
            )
    return show_result(plan, tally, request.out, as_json=as_json)


def _files_of(
    request: Request, selection: Selection, stopping: Event
) -> AbstractContextManager[Selection]:
    """The selection with its structure sets at hand: fetched where they are not, and shown."""
    from rtstruct.fetch.prefetch import prefetch

    show = partial(steps, "Fetching structure sets", in_bytes=True)
    return prefetch(request, selection, show, stopping)


def _runner(workers: int, cluster: str | None) -> AbstractContextManager[Runner]:
    if cluster is not None:
        from rtstruct.conversion.run.cluster import dask

        return dask(cluster)
    from rtstruct.conversion.run.local import processes

    return nullcontext(processes(workers))


@contextmanager
def progress(plan: Plan) -> Iterator[Callable[[ConversionCounts], None]]:
    """Show on standard error: structure sets, rate, time left, masks and failures so far."""
    started = time.monotonic()
    with steps("Converting structure sets", plan.due_sets) as advance:
        seen = 0

        def show(tally: ConversionCounts) -> None:
            nonlocal seen
            count = tally.statuses.total()
            rate = count / (time.monotonic() - started)
            failures = f", not: {in_words(tally.codes)}" if tally.codes else ""
            advance(count - seen, f"{rate:.1f}/s, {tally.masks} masks{failures}")
            seen = count

        yield show


def show_plan(plan: Plan, *, as_json: bool) -> int:
    """Print what would be done."""
    reasons = Counter(row.reason_code or "unknown" for row in plan.refused) + plan.refused_before
    facts = {
        "selected_structure_sets": plan.selected_sets,
        "selected_rois": plan.selected_rois,
        "image_series_to_read": len(plan.batches),
        "structure_sets_to_convert": sum(len(rows) for rows in plan.batches),
        "rois_to_convert": sum(row.roi_count for rows in plan.batches for row in rows),
        "not_convertible": dict(reasons),
        "rois_converted_before": plan.converted_before,
        "rois_failed_before": dict(plan.failed_before),
        "rois_changed_since": plan.changed,
    }
    if as_json:
        print(json.dumps(facts, indent=2))
        return 0
    for name, value in facts.items():
        text = in_words(value) if isinstance(value, dict) else str(value)
        print(f"{name.replace('_', ' '):<26} {text or 'none'}")
    for code in sorted(reasons):
        print(with_hint(code), file=sys.stderr)
    return 0


def show_result(plan: Plan, tally: ConversionCounts, out: Path, *, as_json: bool) -> int:
    """Print what came of a run; returns the exit code: 1 if anything selected has no mask."""
    missing = plan.failed_before + plan.refused_before
    statuses = {name: tally.statuses[name] for name in ("done", "partial", "failed", "skipped")}
    is_whole = not missing and not (tally.statuses.keys() - {"done"})
    if as_json:
        facts = {
            **statuses,
            "masks": tally.masks,
            "points": tally.points,
            "seconds": round(tally.seconds, 3),
            "not_converted": dict(tally.codes),
            "rois_converted_before": plan.converted_before,
            "not_converted_before": dict(missing),
            "rois_changed_since": plan.changed,
            "out": str(out),
        }
        print(json.dumps(facts, indent=2))
        return 0 if is_whole else 1
    if nothing := nothing_to_do(plan):
        print(nothing)
    else:
        print(
            f"{counted(tally.statuses.total(), 'structure set')} in {tally.seconds:.1f} s:"
            f" {in_words({name: count for name, count in statuses.items() if count})};"
            f" {counted(tally.masks, 'mask')}, {counted(tally.points, 'point')} in {out}"
        )
        if plan.converted_before:
            print(f"Converted before: {counted(plan.converted_before, 'ROI')}.")
    if tally.codes:
        print(f"Without a mask: {in_words(tally.codes)}. `rtstruct status` says what to do.")
    if missing:
        print(
            f"Not converted before, and not tried again: {in_words(missing)}."
            " `rtstruct status` says what to do, `rtstruct retry` tries what failed."
        )
    if plan.changed:
        print(
            f"From other input or another version: {counted(plan.changed, 'ROI')}."
            " --redo changed makes them again."
        )
    return 0 if is_whole else 1


def counted(count: int, noun: str) -> str:
    """Such as ``1 mask``, ``2 masks``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def nothing_to_do(plan: Plan) -> str:
    """Why a plan asks for no conversion; empty if it asks for some."""
    if not plan.selected_sets:
        return (
            "Nothing is selected by this condition."
            ' `rtstruct sql "from structure_counts"` lists what there is.'
        )
    if not plan.due_sets:
        return f"Nothing to do: {counted(plan.converted_before, 'ROI')} converted already."
    return ""


def with_hint(code: str) -> str:
    """A reason, and what to do about it."""
    from rtstruct.codes import remedy

    todo = remedy(code)
    return f"{code}: {todo}" if todo else code


def in_words(counts: Mapping[str, int]) -> str:
    """Such as ``2 done, 1 failed``."""
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
