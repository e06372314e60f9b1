"""What a user should know of the contours of a mask: notes ``code: explanation``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rtstruct.geometry.parts import GAP
from rtstruct.geometry.planimetry import differs, differs_from_stated, is_lost, is_moved

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from rtstruct.geometry.drawing import Drawing
    from rtstruct.geometry.overlaps import Overlap

# Slices of which contours lie further away are told.
SHIFT_TOLD = 0.3  # of the slice spacing


def left_out(skipped: Counter[str]) -> Iterator[str]:
    """How many contours of the ROI no slice has, by reason."""
    for reason, count in sorted((+skipped).items()):
        yield f"{reason}: contours left out: {count}"


def notes_on_drawing(
    drawing: Drawing, overlap: Overlap, differing: int, *, filled: bool = False
) -> Iterator[str]:
    """What the contours themselves tell: how they were drawn, and what became of that.

    Parameters
    ----------
    differing
        On how many slices voxels do not fit their contours.
    filled
        Whether slices between contours were filled by interpolation.
    """
    if drawing.copies:
        yield f"copies: contours that repeat another, counted once: {drawing.copies}"
    if drawing.strokes:
        inside = "all that they enclose" if overlap == "union" else "even-odd"
        yield (
            f"overlapping: contours that overlap another in part: {drawing.strokes};"
            f" inside is {inside}"
        )
    if drawing.crossed:
        yield (
            f"overlapping: contours that overlap themselves: {drawing.crossed}; inside is even-odd"
        )
    if drawing.slivers:
        yield f"slivers: contours that enclose nothing: {drawing.slivers}"
    if drawing.bent:
        yield (
            f"bent: contours that are not flat: {drawing.bent}, by up to {drawing.bend_mm:.2g} mm"
        )
    if drawing.tilt_degrees:
        yield (
            f"tilted: planes tilted by {drawing.tilt_degrees:.1f} degrees against the slices and"
            f" {drawing.spacing:.2f} slices apart, cut by them"
        )
    elif drawing.is_cut:
        yield (
            f"off_slices: planes {drawing.spacing:.2f} slices apart; each slice takes the nearest"
        )
    elif drawing.shift > SHIFT_TOLD:
        yield f"off_slices: planes lie {drawing.shift:.2f} slices off the slice they went to"
    if drawing.is_cut and drawing.spacing > GAP:
        yield f"coarse_planes: each contour fills {drawing.spacing:.2f} slices"
    if math.isnan(drawing.spacing) and drawing.volume_mL:
        yield "single_plane: no contour lies above another; each is as thick as its slice"
    if drawing.empty_slices and filled:
        yield (
            f"interpolated: slices filled between contours: {drawing.empty_slices};"
            " the first and the last reach half as far beyond"
        )
    elif drawing.empty_slices:
        every = f"; planes are {drawing.spacing:.3g} slices apart" if drawing.spacing > 1 else ""
        yield f"empty_slices: slices between contours that hold none: {drawing.empty_slices}{every}"
    if is_moved(drawing):
        yield (
            f"moved: contours lie between slices: {drawing.moved_volume_mL:.2g} mL"
            f" of {drawing.volume_mL:.4g} may lie elsewhere"
        )
    if is_lost(drawing) or differs(drawing):
        code = "volume_lost" if is_lost(drawing) else "volume_differs"
        yield (
            f"{code}: the slices hold {drawing.slab_volume_mL:.4g} mL,"
            f" the contours {drawing.volume_mL:.4g} mL"
        )
    if differing:
        yield f"voxels_differ: slices whose voxels do not fit their contours: {differing}"


def note_on_stated_volume(mask_mL: float, slice_count: int, stated_mL: float) -> Iterator[str]:
    """Whether the mask has another volume than whoever drew the ROI says."""
    if differs_from_stated(mask_mL, slice_count, stated_mL):
        yield (
            f"stated_volume_differs: the mask holds {mask_mL:.4g} mL,"
            f" ROIVolume says {stated_mL:.4g} mL"
        )
