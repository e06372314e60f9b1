"""The outlines of a mask, slice by slice, as what an observer would have to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.spans import Spans


def added_path_length(
    reference: Spans, other: Spans, spacing_mm: tuple[float, float, float]
) -> float:
    """Return, in mm, how much of the reference's outlines the other mask's outlines lack.

    The outline of a slice is made of the voxels inside of which one of the four neighbours in the
    slice is not; each counts as long as a voxel is wide (Vaassen et al. 2020), or where rows and
    columns are unequally spaced as the square root of its area.
    """
    missing = np.setdiff1d(_outline(reference), _outline(other), assume_unique=True)
    return len(missing) * float(np.sqrt(spacing_mm[1] * spacing_mm[2]))


def _outline(mask: Spans) -> NDArray[np.int64]:
    """Positions, ascending, of the voxels of all outlines."""
    box = mask.bounding_box
    if box is None:
        return np.empty(0, np.int64)
    _, rows, columns = mask.shape
    found = []
    for k, plane in enumerate(mask.crop(box)):
        padded = np.pad(plane, 1)
        core = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
        row, column = np.nonzero(plane > core)
        found.append(((k + box[2]) * rows + row + box[1]) * columns + column + box[0])
    return np.concatenate(found)
