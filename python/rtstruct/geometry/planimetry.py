"""The volume of contours beside that of a mask: whether anything was lost, however it was lost.

The contours have their volume by themselves: areas on their own planes times the distances between
these. What the slices hold is measured by exact areas too, so that those two differ only where
planes and slices do. The voxels of each slice differ from its exact area by no more than half a
voxel all along the outline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.outlines import Outlines

if TYPE_CHECKING:
    from rtstruct.geometry.contours import PlacedContours
    from rtstruct.geometry.drawing import Drawing
    from rtstruct.geometry.spans import Spans

# Contours and what the slices hold of them: more is told.
VOLUME_TOLERANCE = 0.05  # of the contours' volume
# A mask and what the file states of it: programs differ in how they interpolate and end a volume.
STATED_TOLERANCE = 0.1  # of the stated volume
# Along an outline voxels may lie outside that far, all of them on the same side.
OUTLINE_TOLERANCE = 0.5  # of a voxel
# So many voxels of a slice may differ however small its outline is.
FEW_VOXELS = 2


def differs(drawing: Drawing) -> bool:
    """Whether the slices hold another volume than the contours have."""
    return abs(drawing.slab_volume_mL - drawing.volume_mL) > VOLUME_TOLERANCE * drawing.volume_mL


def is_lost(drawing: Drawing) -> bool:
    """Whether they differ by more than slices that are not the contours' planes can explain."""
    allowed = VOLUME_TOLERANCE * drawing.volume_mL + drawing.end_volume_mL
    return abs(drawing.slab_volume_mL - drawing.volume_mL) > allowed


def is_moved(drawing: Drawing) -> bool:
    """Whether contours were moved so far onto slices that a part of the mask may lie elsewhere."""
    return drawing.moved_volume_mL > VOLUME_TOLERANCE * drawing.volume_mL


def differs_from_stated(mask_mL: float, slice_count: int, stated_mL: float) -> bool:
    """Whether a mask has another volume than its ROIVolume (3006,002C) says.

    One slice more or less is a convention. The standard's unit is the millilitre; some programs
    write cubic millimetres.
    """
    slice_mL = mask_mL / max(slice_count, 1)
    return all(
        abs(mask_mL - stated) > max(STATED_TOLERANCE * stated, slice_mL)
        for stated in (stated_mL, stated_mL / 1000)
    )


def slices_that_differ(mask: Spans, contours: PlacedContours) -> int:
    """Return on how many slices voxels and exact areas differ by more than their outlines explain.

    Only for contours that lie inside the image and a mask on its voxels.
    """
    slices, rows, columns = mask.shape
    lengths = mask.ends - mask.starts
    voxels = np.bincount(mask.starts // (rows * columns), weights=lengths, minlength=slices)
    difference = np.abs(voxels - contours.areas)
    # No outline of an area is shorter than a circle.
    shortest = 2 * np.sqrt(np.pi * contours.areas)
    if (difference <= OUTLINE_TOLERANCE * shortest + FEW_VOXELS).all():
        return 0
    outlines = Outlines(contours.column, contours.row, contours.counts, contours.slices)
    around = np.bincount(contours.slices, weights=outlines.perimeters, minlength=slices)
    return int((difference > OUTLINE_TOLERANCE * around + FEW_VOXELS).sum())
