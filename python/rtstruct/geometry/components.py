"""Parts of a mask that hang together, and what it encloses: from its runs, not from its voxels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.spans import Spans


def component_sizes(mask: Spans) -> NDArray[np.int64]:
    """Return the voxels of each part, largest first; voxels that share a corner are together."""
    starts, ends, pitch = _padded(mask)
    # A row below, the three rows of the next slice: the others are seen from the other side.
    steps = [pitch[1], pitch[0] - pitch[1], pitch[0], pitch[0] + pitch[1]]
    labels = _labels(starts, ends, steps, reach=1)
    return _sizes(labels, ends - starts)


def hole_sizes(mask: Spans) -> NDArray[np.int64]:
    """Return the voxels of each cavity, largest first.

    A cavity is background that no path of voxels with common faces joins to the outside; the
    outside goes on behind the border of the image.
    """
    box = mask.bounding_box()
    if box is None:
        return np.empty(0, np.int64)
    starts, ends, shape = _background(mask, box)
    steps = [shape[2], shape[1] * shape[2]]
    labels = _labels(starts, ends, steps, reach=0)
    is_inside = labels != labels[0]
    return _sizes(labels[is_inside], (ends - starts)[is_inside])


def _padded(mask: Spans) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[int, int]]:
    """Starts and ends with an empty voxel around every row and slice; slice and row pitch."""
    _, rows, columns = mask.shape
    row, first = np.divmod(mask.starts, columns)
    plane, in_slice = np.divmod(row, rows)
    pitch = ((rows + 2) * (columns + 2), columns + 2)
    starts = plane * pitch[0] + (in_slice + 1) * pitch[1] + first + 1
    return starts, starts + mask.ends - mask.starts, pitch


def _background(
    mask: Spans, box: tuple[int, int, int, int, int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[int, int, int]]:
    """Runs of what is not in the mask, in its bounding box and one voxel around it, and shape."""
    _, rows, columns = mask.shape
    i0, j0, k0, i1, j1, k1 = box
    shape = (k1 - k0 + 3, j1 - j0 + 3, i1 - i0 + 3)
    row, first = np.divmod(mask.starts, columns)
    plane, in_slice = np.divmod(row, rows)
    inner = ((plane - k0 + 1) * shape[1] + in_slice - j0 + 1) * shape[2] + first - i0 + 1
    edges = np.arange(shape[0] * shape[1]) * shape[2]
    # Each row begins and ends outside, so that what lies between runs never leaves its row.
    starts = np.sort(np.concatenate([edges, inner + mask.ends - mask.starts]))
    ends = np.sort(np.concatenate([edges + shape[2], inner]))
    return starts, ends, shape


def _labels(
    starts: NDArray[np.int64], ends: NDArray[np.int64], steps: list[int], reach: int
) -> NDArray[np.int64]:
    """(runs,) the same number for runs that hang together.

    Runs are neighbours if they overlap when one is moved by a step and grown by ``reach`` on both
    sides.
    """
    one, other = [], []
    for step in steps:
        first = np.searchsorted(ends, starts + step - reach, side="right")
        behind = np.searchsorted(starts, ends + step + reach, side="left")
        counts = np.maximum(behind - first, 0)
        before = np.cumsum(counts) - counts
        one.append(np.repeat(np.arange(len(starts)), counts))
        other.append(np.arange(counts.sum()) + np.repeat(first - before, counts))
    return _joined(len(starts), np.concatenate(one), np.concatenate(other))


def _joined(count: int, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """(count,) the smallest member of each set, of sets that pairs join.

    Each round hooks roots to smaller ones and shortens all paths to their roots: few rounds do.
    """
    root = np.arange(count)
    while len(one):
        low, high = np.minimum(root[one], root[other]), np.maximum(root[one], root[other])
        apart = low != high
        one, other, low, high = one[apart], other[apart], low[apart], high[apart]
        np.minimum.at(root, high, low)
        while not np.array_equal(shorter := root[root], root):
            root = shorter
    return root


def _sizes(labels: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    totals = np.bincount(labels, lengths).astype(np.int64) if len(labels) else np.empty(0, np.int64)
    return np.sort(totals[totals > 0])[::-1]
