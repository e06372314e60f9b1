"""What will come of a plan, as far as the catalog knows: a dry run tells it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rtstruct.catalog.registrations import BY_REGISTRATION
from rtstruct.codes import codes

if TYPE_CHECKING:
    from rtstruct.catalog.worklist import SelectedROI, WorklistRow
    from rtstruct.conversion.planning.plan import Plan
    from rtstruct.conversion.task import Options

NOT_RIGID = "registration_not_rigid"
# Of rtstruct_rois.geometry_class; a ROI of points gives no mask, and is no failure.
_WITHOUT_INSIDE = {"empty": "empty_roi", "open": "open_contours"}


@dataclass
class Forecast:
    """ROIs by what they will give."""

    masks: int = 0
    point_rois: int = 0
    """ROIs that consist of points, which are registered."""
    not_converted: Counter[str] = field(default_factory=Counter)
    """ROIs that will give nothing, by code."""


def forecast(plan: Plan, options: Options) -> Forecast:
    """Count what the ROIs of a plan will give; what only the files tell may still fail."""
    found = Forecast()
    for row in plan.refused:
        found.not_converted[row.reason_code or "unknown"] += len(row.rois)
    for row in (row for rows in plan.batches for row in rows):
        refused = refusal(row, options)
        found.masks += len(row.named_rois)
        # Of a registration that moves nothing, points are lost as well.
        lost = NOT_RIGID if row.evidence == BY_REGISTRATION and not _is_moved(row) else None
        for roi in row.rois:
            of_image = None if roi.geometry_class == "points" else refused
            code = _of_roi(roi) or lost or of_image
            if code:
                found.not_converted[code] += 1
            elif roi.geometry_class == "points":
                found.point_rois += 1
            else:
                found.masks += 1
    found.not_converted = +found.not_converted
    return found


def _is_moved(row: WorklistRow) -> bool:
    return any(tie.registrations for tie in row.ties)


def refusal(row: WorklistRow, options: Options) -> str | None:
    """Code of what the grid of a convertible row stops; None if nothing known does."""
    if options.missing_slices == "refuse" and row.grid_kind == "completed":
        return "missing_slices"
    code = codes().get(row.grid_code or "")
    if code is None:
        return None
    if options.resample is not None:
        is_blocked = code.blocks_resampled
    else:
        is_blocked = code.blocks_seg if options.format == "seg" else code.blocks_nifti
    return code.code if is_blocked else None


def _of_roi(roi: SelectedROI) -> str | None:
    if roi.also_named:
        return "duplicate_roi_number"
    return _WITHOUT_INSIDE.get(roi.geometry_class or "")
