"""Our masks beside Plastimatch's, ROI by ROI, and why they differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.conversion.masks.context import read_context, read_stacks
from rtstruct.conversion.masks.plastimatch import plastimatch_masks
from rtstruct.conversion.masks.roi import convert_roi
from rtstruct.dicom.geometric_types import FILLED
from rtstruct.errors import RtstructError
from rtstruct.geometry.agreement import compare_masks
from rtstruct.geometry.contours import place
from rtstruct.geometry.scanline import rasterise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rtstruct.conversion.masks.context import StructureSetContext
    from rtstruct.conversion.masks.roi import UnwrittenMask
    from rtstruct.conversion.task import ConversionTask, StructureSetWork
    from rtstruct.geometry.spans import Spans

GOOD_DICE = 0.99
FEW_VOXELS = 50
TOLERANCE_MM = 1.0
TIE = 0.01  # of a pixel: Plastimatch computes in single precision


@dataclass(frozen=True)
class Comparison:
    """One ROI made by both; what could not be made is None, and why is in ``explanation``."""

    PatientID: str | None
    SOPInstanceUID: str
    ROINumber: int
    ROIName: str
    volume_mL: float | None = None
    plastimatch_volume_mL: float | None = None
    dice: float | None = None
    hausdorff_95_mm: float | None = None
    differing_voxels: int | None = None
    verdict: str = "failed"
    """``agrees`` (Dice 0.99 or better), ``explained``, ``differs``, or ``failed``."""
    explanation: str | None = None


def verify_task(task: ConversionTask) -> Iterator[Comparison]:
    """Compare every ROI of a task that has a mask; nothing is written."""
    # Masks that wait for their label map have no file.
    task = replace(task, options=replace(task.options, engine="native", layout="labelmap"))
    try:
        stacks = read_stacks(task)
    except RtstructError as error:
        for work in task.structure_sets:
            yield from _failures(task, work, error)
        return
    for work in task.structure_sets:
        try:
            context = read_context(task, work, stacks, Path())
            yield from _verify(task, work, context)
        except RtstructError as error:
            yield from _failures(task, work, error)


def _failures(
    task: ConversionTask, work: StructureSetWork, error: RtstructError
) -> Iterator[Comparison]:
    for roi in work.rois:
        yield Comparison(
            task.PatientID,
            work.file.SOPInstanceUID,
            roi.ROINumber,
            roi.ROIName,
            explanation=f"{error.code}: {error}",
        )


def _verify(
    task: ConversionTask, work: StructureSetWork, context: StructureSetContext
) -> Iterator[Comparison]:
    results = [(roi, convert_roi(roi, context)) for roi in work.rois]
    numbers = {roi.ROINumber for roi, result in results if result.unwritten is not None}
    theirs: dict[int, Spans] = {}
    if numbers:
        theirs = plastimatch_masks(work.file, task.image_files, numbers, context.series.grid)
    for roi, result in results:
        shared = Comparison(task.PatientID, work.file.SOPInstanceUID, roi.ROINumber, roi.ROIName)
        if result.failure is not None and result.failure.error_code != "empty_roi":
            why = f"{result.failure.error_code}: {result.failure.message}"
            yield replace(shared, explanation=why)
        elif result.unwritten is not None:
            yield _compare(shared, result.unwritten, theirs.get(roi.ROINumber), context)


def _compare(
    shared: Comparison, ours: UnwrittenMask, theirs: Spans | None, context: StructureSetContext
) -> Comparison:
    explanation = _explanation(ours, context)
    volume = round(ours.facts.mask_volume_mL, 6)
    if theirs is None:
        return replace(
            shared,
            volume_mL=volume,
            verdict="explained" if explanation else "differs",
            explanation="; ".join(["Plastimatch made no mask", *explanation]),
        )
    found = compare_masks(ours.voxels, theirs, ours.grid, TOLERANCE_MM)
    # Two empty masks differ in nothing.
    dice = 1.0 if found.dice is None else found.dice
    total = ours.facts.voxel_count + theirs.voxel_count
    agrees = dice >= GOOD_DICE
    if dice < 1 and not context.rule.is_inclusive and _only_ties(ours, theirs, context):
        explanation.append("all voxels that differ have their centres on contour lines")
    return replace(
        shared,
        volume_mL=volume,
        plastimatch_volume_mL=round(theirs.voxel_count * ours.grid.voxel_volume, 6),
        dice=round(dice, 6),
        hausdorff_95_mm=found.hausdorff_95_mm and round(found.hausdorff_95_mm, 6),
        differing_voxels=total - 2 * found.shared_voxel_count,
        verdict="agrees" if agrees else "explained" if explanation else "differs",
        explanation=None if dice == 1 else "; ".join(explanation) or None,
    )


# Notes of masks that Plastimatch makes of other contours: it takes each as it is, on the nearest
# slice, and combines them even-odd.
OTHER_CONTOURS = {
    *("between_slices", "off_plane", "open", "outside_stack", "too_few_points"),
    *("unknown_type", "unreadable", "copies", "overlapping", "off_slices", "tilted"),
}


def _explanation(ours: UnwrittenMask, context: StructureSetContext) -> list[str]:
    """What is known to make the two differ."""
    found = []
    types = {
        contour.ContourGeometricType
        for contour in context.structure_set.rois[ours.facts.ROINumber].contours
    }
    if "CLOSEDPLANAR_XOR" in types:
        found.append("Plastimatch leaves contours of type CLOSEDPLANAR_XOR out")
    if context.rule.note is not None:
        found.append(f"Plastimatch knows no inclusive boundary; {context.rule.note}")
    found.extend(note for note in ours.facts.notes if note.split(":")[0] in OTHER_CONTOURS)
    if ours.facts.contour_volume_mL < FEW_VOXELS * ours.grid.voxel_volume:
        found.append("so small that ties on the boundary decide")
    return found


def _only_ties(ours: UnwrittenMask, theirs: Spans, context: StructureSetContext) -> bool:
    """Whether two masks differ only where a hair's breadth of the contours would decide."""
    roi = context.structure_set.rois[ours.facts.ROINumber]
    contours, _ = context.structure_set.points(roi, FILLED)
    placed = place(contours, ours.grid)
    differ = ours.voxels.to_array() != theirs.to_array()
    moved = [
        rasterise(
            replace(placed, column=placed.column + right, row=placed.row + down), ours.grid.shape
        ).to_array()[differ]
        for right in (-TIE, 0, TIE)
        for down in (-TIE, 0, TIE)
    ]
    return bool(np.ptp(moved, axis=0).all())
