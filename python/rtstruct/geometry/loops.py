"""Contours that overlap themselves: those that run around twice, and those that merely cross.

What runs around twice is a copy of itself within one contour: by even-odd alone nothing would be
inside. Where a contour overlaps itself otherwise, as a keyhole does whose hole has the winding of
its outline, even-odd holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.outlines import Outlines, exact_areas
from rtstruct.geometry.overlaps import COPY_DIFFERENCE, SLIGHT_OVERLAP, SLIVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

SAME = 1e-6  # of a pixel
LEADING = 3
"""Points that are the same in both rounds, where these are the same to the letter."""


def one_round_each(outlines: Outlines, *, exact: bool) -> Outlines:
    """Part contours that run around twice into two: copies, which count once.

    Parameters
    ----------
    exact
        Whether rounds that differ a little are found too, which takes longer.
    """
    half = _halves(outlines)
    if exact:
        many = np.flatnonzero((half == 0) & (outlines.counts >= 2 * LEADING))
        alone = exact_areas(outlines.pick(many, np.arange(len(many))), len(many))
        twice = many[alone < COPY_DIFFERENCE * outlines.areas[many] / 2]
        for contour in twice.tolist():
            half[contour] = _return(outlines, contour)
    if not half.any():
        return outlines
    counts = np.column_stack([half, outlines.counts - half]).ravel()
    plane = np.repeat(outlines.plane, 2)
    kept = counts > 0
    return Outlines(outlines.column, outlines.row, counts[kept], plane[kept])


def overlap_themselves(outlines: Outlines) -> int:
    """Count contours parts of whose inside they run around more than once."""
    count = len(outlines.counts)
    alone = exact_areas(outlines.pick(np.arange(count), np.arange(count)), count)
    return int((outlines.areas > (1 + 2 * SLIGHT_OVERLAP) * alone + SLIVER).sum())


def _halves(outlines: Outlines) -> Integers:
    """(contours,) points of the first of two rounds that are the same to the letter, else 0."""
    found = np.zeros(len(outlines.counts), dtype=np.int64)
    column, row = outlines.column, outlines.row
    # The first round may be closed by its first point, and the second one not.
    for odd in (0, 1):
        which = np.flatnonzero(outlines.counts >= 2 * LEADING + odd)
        half = (outlines.counts[which] + odd) // 2
        for n in range(LEADING):
            here = outlines.starts[which] + n
            same = np.abs(column[here] - column[here + half]) < SAME
            same &= np.abs(row[here] - row[here + half]) < SAME
            which, half = which[same], half[same]
        found[which] = half
    return found


def _return(outlines: Outlines, contour: int) -> int:
    """The point, of those in the middle, that is nearest to the first one."""
    start, count = outlines.starts[contour], outlines.counts[contour]
    middle = slice(start + count // 3, start + count - count // 3)
    apart = np.hypot(
        outlines.column[middle] - outlines.column[start], outlines.row[middle] - outlines.row[start]
    )
    return int(count // 3 + np.argmin(apart))
