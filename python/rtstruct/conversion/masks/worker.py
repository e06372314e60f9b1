"""One image series and its structure sets in, masks in a staging folder out.

Runs in worker processes. Whatever is wrong with the data becomes an outcome: one bad ROI never
costs the others, one bad structure set never the series.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

from rtstruct.atomic_write import sync_below
from rtstruct.conversion.masks.context import read_context, read_stacks
from rtstruct.conversion.masks.roi import as_problem, convert_roi
from rtstruct.conversion.task import NOTHING_TO_CONVERT, MaskOverlap, Outcome
from rtstruct.errors import RtstructError
from rtstruct.geometry.labels import overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rtstruct.conversion.masks.context import StructureSetContext
    from rtstruct.conversion.masks.roi import ROIResult
    from rtstruct.conversion.task import ConversionTask, Status, StructureSetWork
    from rtstruct.dicom.image_series import ImageSeries


def convert_task(task: ConversionTask, staging: Path) -> tuple[Outcome, ...]:
    """Convert every structure set of a task; one outcome each, in the order of the task.

    Files are written under ``staging`` only, and are on the disk when this returns. Never raises
    for bad data; raises OSError when ``staging`` cannot be written.
    """
    outcomes = _convert(task, staging)
    sync_below(staging)
    return outcomes


def _convert(task: ConversionTask, staging: Path) -> tuple[Outcome, ...]:
    try:
        if not task.image_files and task.image.crdc_series_uuid:
            raise RtstructError("not_fetched", "its image series could not be fetched")
        stacks = read_stacks(task)
    except Exception as error:
        problem = as_problem("its image series", error)
        return tuple(_failed(work, problem, 0.0) for work in task.structure_sets)
    if task.options.is_per_image:
        return _convert_together(task, stacks, staging)
    return tuple(
        _finished(task, [_drawn(task, work, stacks, staging)])[0] for work in task.structure_sets
    )


@dataclass
class _Drawn:
    """What has come of a structure set so far."""

    work: StructureSetWork
    context: StructureSetContext | None
    results: list[ROIResult]
    error: RtstructError | None = None
    seconds: float = 0.0


def _drawn(
    task: ConversionTask, work: StructureSetWork, stacks: Sequence[ImageSeries], staging: Path
) -> _Drawn:
    """All ROIs of a structure set; masks that share a file are not written yet."""
    started = perf_counter()
    try:
        context = read_context(task, work, stacks, staging)
        (staging / work.output_folder).mkdir(parents=True, exist_ok=True)
        results = [convert_roi(selected, context) for selected in work.rois]
    except Exception as error:
        problem = as_problem("its ROIs", error)
        return _Drawn(work, None, [], problem, perf_counter() - started)
    return _Drawn(work, context, results, seconds=perf_counter() - started)


def _convert_together(
    task: ConversionTask, stacks: Sequence[ImageSeries], staging: Path
) -> tuple[Outcome, ...]:
    """All structure sets into one file, or one for each stack where the catalog knows none."""
    drawn = [_drawn(task, work, stacks, staging) for work in task.structure_sets]
    by_stack: dict[int, list[_Drawn]] = {}
    for each in drawn:
        by_stack.setdefault(id(each.context and each.context.series), []).append(each)
    outcomes: dict[str, Outcome] = {}
    for number, group in enumerate(by_stack.values(), 1):
        for outcome, each in zip(_finished(task, group, number), group, strict=True):
            outcomes[each.work.structure_set_key] = outcome
    return tuple(outcomes[work.structure_set_key] for work in task.structure_sets)


def _finished(
    task: ConversionTask, drawn: Sequence[_Drawn], number: int = 1
) -> tuple[Outcome, ...]:
    """Write what waits for a shared file, and the image; say what has become of each."""
    started = perf_counter()
    whole = [(each, each.context) for each in drawn if each.context is not None]
    try:
        _write_shared(task, whole, number)
    except Exception as error:
        for each, _ in whole:
            each.error = as_problem("its masks", error)
    share = (perf_counter() - started) / max(len(drawn), 1)
    return tuple(_outcome_of(each, each.seconds + share) for each in drawn)


def _outcome_of(drawn: _Drawn, seconds: float) -> Outcome:
    if drawn.error is not None:
        return _failed(drawn.work, drawn.error, seconds)
    try:
        return _outcome(drawn.work, drawn.results, seconds)
    except Exception as error:
        return _failed(drawn.work, as_problem("its ROIs", error), seconds)


def _write_shared(
    task: ConversionTask, whole: Sequence[tuple[_Drawn, StructureSetContext]], number: int
) -> None:
    """The file that masks share, and the image on their voxels."""
    if task.options.is_together:
        from rtstruct.conversion.masks.combined_file import write_combined_file

        parts = [(each.results, context) for each, context in whole]
        for (each, _), results in zip(whole, write_combined_file(parts, number), strict=True):
            each.results = results
    masked = [context for each, context in whole if any(result.mask for result in each.results)]
    if task.options.reference and masked:
        from rtstruct.conversion.masks.reference_image import write_reference

        reference = write_reference(masked[0])
        for each, _ in whole:
            each.results = [
                replace(result, mask=result.mask and replace(result.mask, reference=reference))
                for result in each.results
            ]


def _outcome(work: StructureSetWork, results: list[ROIResult], seconds: float) -> Outcome:
    masks = tuple(result.mask for result in results if result.mask is not None)
    points = tuple(point for result in results for point in result.points)
    failures = tuple(result.failure for result in results if result.failure is not None)
    # A ROI without contours asks for nothing: its absence leaves nothing out.
    real = Counter(
        failure.error_code for failure in failures if failure.error_code not in NOTHING_TO_CONVERT
    )
    status: Status
    error_code = message = None
    if masks or points:
        status = "done" if all(result.is_whole for result in results) else "partial"
    elif real:
        status = "failed"
    else:
        status, error_code, message = "skipped", "no_contours", "no ROI has contours"
        if any(failure.error_code == "drawn_elsewhere" for failure in failures):
            error_code, message = "drawn_elsewhere", "no ROI was drawn on this stack"
    if real:
        error_code = real.most_common(1)[0][0]
        first = next(failure for failure in failures if failure.error_code == error_code)
        message = f"{real.total()} of {len(results)} ROIs gave no mask: {first.message}"
    elif status == "partial":
        error_code = "contours_left_out"
        count = sum(not result.is_whole for result in results)
        message = f"masks of {count} of {len(results)} ROIs lack something: see their notes"
    return Outcome(
        SOPInstanceUID=work.file.SOPInstanceUID,
        status=status,
        error_code=error_code,
        message=message,
        seconds=seconds,
        masks=masks,
        points=points,
        failures=failures,
        mask_overlaps=_overlaps(results),
    )


def _overlaps(results: list[ROIResult]) -> tuple[MaskOverlap, ...]:
    found = [(result.mask.ROINumber, result.voxels) for result in results if result.mask]
    found.sort(key=lambda each: each[0])
    numbers = [number for number, _ in found]
    voxels = [voxels for _, voxels in found if voxels is not None]
    return tuple(
        MaskOverlap(numbers[one - 1], numbers[other - 1], shared)
        for one, other, shared in overlaps(voxels)
    )


def _failed(work: StructureSetWork, error: RtstructError, seconds: float) -> Outcome:
    return Outcome(work.file.SOPInstanceUID, "failed", error.code, error.message, seconds)
