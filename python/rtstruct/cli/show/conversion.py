"""What a conversion will do, and what came of it, as text and JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rtstruct.cli.show.say import say, tell, tell_json
from rtstruct.codes import remedy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rtstruct.conversion.planning.plan import Plan
    from rtstruct.conversion.task import Options
    from rtstruct.pipeline.convert import ConversionResult


def show_plan(plan: Plan, options: Options, *, as_json: bool) -> int:
    """Print what would be done, and what would come of it as far as the catalog knows."""
    from rtstruct.conversion.planning.forecast import forecast

    expected = forecast(plan, options)
    reasons = Counter(row.reason_code or "unknown" for row in plan.refused) + plan.refused_before
    facts = {
        "selected_structure_sets": plan.selected_sets,
        "selected_rois": plan.selected_rois,
        "image_series_to_read": len(plan.batches),
        "structure_sets_to_convert": sum(len(rows) for rows in plan.batches),
        "rois_to_convert": sum(row.roi_count for rows in plan.batches for row in rows),
        "masks": expected.masks,
        "rois_of_points": expected.point_rois,
        "not_converted": dict(expected.not_converted),
        "not_convertible": dict(reasons),
        "rois_converted_before": plan.converted_before,
        "rois_failed_before": dict(plan.failed_before),
        "rois_changed_since": plan.changed,
    }
    if as_json:
        tell_json(facts)
        return 0
    for name, value in facts.items():
        text = in_words(value) if isinstance(value, dict) else str(value)
        tell(f"{name.replace('_', ' '):<26} {text or 'none'}")
    for code in sorted(reasons.keys() | expected.not_converted.keys()):
        say(with_hint(code))
    return 0


def show_result(result: ConversionResult, *, as_json: bool) -> int:
    """Print what came of a run; returns the exit code: 1 if anything selected has no mask."""
    plan, tally, out, missing = result.plan, result.counts, result.out, result.missing
    statuses = {name: tally.statuses[name] for name in ("done", "partial", "failed", "skipped")}
    code = 0 if result.is_complete else 1
    if as_json:
        facts = {
            **statuses,
            "masks": tally.masks,
            "points": tally.points,
            "seconds": round(tally.seconds, 3),
            "not_converted": dict(tally.codes),
            "warnings": dict(tally.warnings),
            "guesses": tally.guesses,
            "masks_not_judged": tally.masks,
            "rois_converted_before": plan.converted_before,
            "not_converted_before": dict(missing),
            "rois_changed_since": plan.changed,
            "out": str(out),
        }
        tell_json(facts)
        return code
    if nothing := nothing_to_do(plan):
        tell(nothing)
    else:
        tell(
            f"{counted(tally.statuses.total(), 'structure set')} in {tally.seconds:.1f} s:"
            f" {in_words({name: count for name, count in statuses.items() if count})};"
            f" {counted(tally.masks, 'mask')}, {counted(tally.points, 'point')} in {out}"
        )
        if plan.converted_before:
            tell(f"Converted before: {counted(plan.converted_before, 'ROI')}.")
    if tally.codes:
        tell(f"Without a mask: {in_words(tally.codes)}. `rtstruct status` says what to do.")
    if tally.warnings:
        tell(
            f"Look at these masks before use: {in_words(tally.warnings)}."
            " `rtstruct status` says why."
        )
    elif statuses["partial"] and not tally.codes:
        tell("Something of partial ones was left out. `rtstruct status` says what.")
    if tally.guesses:
        tell(guesses(tally.guesses))
    if tally.masks:
        tell("Sides, overlaps and volumes are judged by `rtstruct build`, not yet of these masks.")
    if missing:
        tell(
            f"Not converted before, and not tried again: {in_words(missing)}."
            " `rtstruct status` says what to do, `rtstruct retry` tries what failed."
        )
    if plan.changed:
        tell(
            "From other input, with its name read otherwise or by another version:"
            f" {counted(plan.changed, 'ROI')}. --redo changed makes them again."
        )
    return code


def counted(count: int, noun: str) -> str:
    """Such as ``1 mask``, ``2 masks``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def guesses(masks: int) -> str:
    """That the vocabulary guesses at what masks are of."""
    return (
        f"A guess of the vocabulary (confidence C or D): the structure of {counted(masks, 'mask')}."
        " `rtstruct names --review` asks about their names."
    )


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
    todo = remedy(code)
    return f"{code}: {todo}" if todo else code


def in_words(counts: Mapping[str, int]) -> str:
    """Such as ``2 done, 1 failed``."""
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
