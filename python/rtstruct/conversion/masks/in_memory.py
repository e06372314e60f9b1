"""Masks of a task without any file: for the library, and for comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.conversion.masks.context import read_context, read_stacks
from rtstruct.conversion.masks.roi import convert_roi
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rtstruct.catalog.worklist import SelectedROI
    from rtstruct.conversion.task import ConversionTask, MaskFacts, StructureSetWork
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans


@dataclass(frozen=True, eq=False)
class InMemory:
    """A mask that has no file, and whose it is."""

    work: StructureSetWork
    roi: SelectedROI
    facts: MaskFacts
    voxels: Spans
    grid: ImageGrid


def masks_in_memory(task: ConversionTask) -> Iterator[InMemory | str]:
    """Yield a mask for each ROI of a task, or why there is none, ``code: explanation``.

    The options of the task must ask for one file of all masks, as such masks wait for each other.
    """
    try:
        stacks = read_stacks(task)
    except RtstructError as error:
        yield f"{error.code}: image series {task.image.SeriesInstanceUID}: {error}"
        return
    for work in task.structure_sets:
        try:
            context = read_context(task, work, stacks, Path())
        except RtstructError as error:
            yield f"{error.code}: structure set {work.file.SOPInstanceUID}: {error}"
            continue
        for roi in work.rois:
            result = convert_roi(roi, context)
            if result.failure is not None:
                yield f"{result.failure.error_code}: {result.failure.message}"
            elif result.unwritten is not None:
                made = result.unwritten
                yield InMemory(work, roi, made.facts, made.voxels, made.grid)
