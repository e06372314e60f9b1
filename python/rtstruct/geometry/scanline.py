"""The rule: a voxel belongs to a ROI when its centre lies inside the even-odd union of contours.

Each row of voxel centres is cut with the edges of the contours on its plane; what lies between the
first and second crossing, the third and fourth, and so on, is inside. Holes, keyholes, islands in
holes and contours drawn twice need no further care.

Ties are half-open: a centre exactly on an edge is inside when the interior is on the side of
growing column index (or, on an edge along a row, growing row index). So abutting structures share
no voxel and leave none out. Within a millionth of a pixel an edge counts as on the centre, so that
the rounding of numbers does not decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rtstruct.errors import RtstructError
from rtstruct.geometry.spans import Spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.contours import PlacedContours

TIE_TOLERANCE = 1e-6  # of a pixel
# Ten times as many as any real ROI has: a gigabyte of memory.
MOST_CROSSINGS = 100_000_000
_CROSSINGS_AT_ONCE = 1 << 21


def rasterise(contours: PlacedContours, shape: tuple[int, int, int]) -> Spans:
    """Return the voxels (of ``shape`` slices, rows, columns) whose centres are inside.

    Raises
    ------
    RtstructError
        ``contours_too_complex``: edges cross rows of voxels more than a hundred million times.
    """
    _, rows, columns = shape
    column0, row0, column1, row1 = upward_edges(contours)
    first = np.ceil(np.clip(row0 - TIE_TOLERANCE, 0, rows)).astype(np.int64)
    end = np.ceil(np.clip(row1 - TIE_TOLERANCE, 0, rows)).astype(np.int64)
    crossings = end - first
    crossed = crossings > 0
    first, crossings = first[crossed], crossings[crossed]
    column0, row0 = column0[crossed], row0[crossed]
    width, height = column1[crossed] - column0, row1[crossed] - row0
    plane = np.repeat(contours.slices, contours.counts)[crossed]
    total = np.cumsum(crossings)
    if len(total) and total[-1] > MOST_CROSSINGS:
        raise RtstructError(
            "contours_too_complex", f"its edges cross rows of voxels {total[-1]} times"
        )
    toggles = np.empty(total[-1] if len(total) else 0, dtype=np.int64)
    done = begin = 0
    while begin < len(total):
        # So many edges at once that what is worked out for each of their crossings stays small.
        stop = max(begin + 1, int(np.searchsorted(total, done + _CROSSINGS_AT_ONCE, "right")))
        some = slice(begin, stop)
        edge = np.repeat(np.arange(begin, stop), crossings[some])
        nth = np.arange(done, total[stop - 1]) - np.repeat(
            total[some] - crossings[some], crossings[some]
        )
        row = first[edge] + nth
        # An edge may end a millionth of a pixel off the row: no crossing lies beyond its end.
        share = np.clip((row - row0[edge]) / height[edge], 0, 1)
        column = column0[edge] + share * width[edge]
        found = np.ceil(np.clip(column - TIE_TOLERANCE, 0, columns)).astype(np.int64)
        # One column more than there is, so that what toggles behind the last voxel stays in its
        # row.
        found += (plane[edge] * rows + row) * (columns + 1)
        toggles[done : total[stop - 1]] = found
        done, begin = int(total[stop - 1]), stop
    toggles.sort()
    starts, ends = toggles[0::2], toggles[1::2]
    filled = ends > starts
    starts, ends = starts[filled], ends[filled]
    return Spans(starts - starts // (columns + 1), ends - ends // (columns + 1), shape)


def upward_edges(
    contours: PlacedContours,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return column0, row0, column1, row1 of each edge, (points,) each, with row0 <= row1.

    An edge runs the same way whichever structure it bounds, so that two structures that share it
    find the same crossings, to the last bit.
    """
    ends = np.cumsum(contours.counts)
    following = np.arange(1, len(contours.row) + 1)
    if len(ends):
        following[ends - 1] = ends - contours.counts
    column1, row1 = contours.column[following], contours.row[following]
    down = row1 < contours.row
    return (
        np.where(down, column1, contours.column),
        np.where(down, row1, contours.row),
        np.where(down, contours.column, column1),
        np.where(down, contours.row, row1),
    )
