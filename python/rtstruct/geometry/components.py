"""Parts of a mask that hang together, and what it encloses: from its runs, not from its voxels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.spans import Spans


def component_sizes(mask: Spans) -> NDArray[np.int64]:
    """Return the voxels of each part, largest first; voxels that share a corner are together."""
    if mask.voxel_count == 0:
        return np.empty(0, np.int64)
    lines = _lines_of(mask)
    starts = lines.first + lines.row * lines.pitch
    ends = starts + mask.ends - mask.starts
    row, slice_ = lines.pitch, lines.pitch * lines.rows
    # Most runs lie on the one before, a row further: a strand of such runs is together. So are
    # runs of one row between which there is no voxel.
    is_next = (starts[1:] < ends[:-1] + row) & (starts[:-1] + row < ends[1:])
    is_next |= starts[1:] == ends[:-1]
    strand = np.concatenate([[0], np.cumsum(~is_next)])
    first = np.flatnonzero(np.concatenate([[True], ~is_next]))
    middle = (first + np.append(first[1:], len(strand)) - 1) // 2
    # One run of each strand finds most of what is together, and often all of it.
    pairs = _neighbours(starts, ends, [row, slice_], reach=0, among=middle)
    labels = _joined(len(first), *(strand[each] for each in pairs))[strand]
    sizes = np.bincount(labels, ends - starts)
    small = np.flatnonzero(labels != np.argmax(sizes))
    if len(small):
        # What is apart so far is looked at all around: no neighbour of it is missed.
        steps = [
            sign * step for sign in (1, -1) for step in (row, slice_ - row, slice_, slice_ + row)
        ]
        near = _neighbours(starts, ends, steps, reach=1, among=small)
        both = (strand[np.concatenate(each)] for each in zip(pairs, near, strict=True))
        labels = _joined(len(first), *both)[strand]
    return _sizes(labels, ends - starts)


def hole_sizes(mask: Spans) -> NDArray[np.int64]:
    """Return the voxels of each cavity, largest first.

    A cavity is background that no path of voxels with common faces joins to the outside; the
    outside goes on behind the border of the image.
    """
    lines = _lines_of(mask)
    last = lines.first + mask.ends - mask.starts
    is_gap = lines.row[1:] == lines.row[:-1]
    if not is_gap.any():
        return np.empty(0, np.int64)
    row, left, right = lines.row[:-1][is_gap], last[:-1][is_gap], lines.first[1:][is_gap]
    # Where each row of the mask begins and ends; what lies before and behind is outside.
    begin = np.full(lines.row[-1] + lines.rows + 1, lines.pitch)
    end = np.zeros_like(begin)
    np.minimum.at(begin, lines.row, lines.first)
    np.maximum.at(end, lines.row, last)
    is_open = np.zeros(len(row), bool)
    for step in (1, -1, lines.rows, -lines.rows):
        is_open |= (left < begin[row + step]) | (right > end[row + step])
    steps = [lines.pitch, lines.pitch * lines.rows]
    starts, ends = left + row * lines.pitch, right + row * lines.pitch
    labels = _joined(len(row), *_neighbours(starts, ends, steps, reach=0))
    is_outside = np.zeros(len(row), bool)
    is_outside[labels[is_open]] = True
    is_inside = ~is_outside[labels]
    return _sizes(labels[is_inside], (right - left)[is_inside])


@dataclass(frozen=True, eq=False)
class _Lines:
    """Runs by rows, with an empty row around every slice and an empty voxel around every row."""

    row: NDArray[np.int64]
    first: NDArray[np.int64]
    rows: int
    pitch: int


def _lines_of(mask: Spans) -> _Lines:
    _, rows, columns = mask.shape
    row, first = np.divmod(mask.starts, columns)
    plane, in_slice = np.divmod(row, rows)
    # A slice before the first one, so that every row has one before it.
    return _Lines((plane + 1) * (rows + 2) + in_slice + 1, first + 1, rows + 2, columns + 2)


def _neighbours(
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    steps: list[int],
    reach: int,
    among: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of runs that overlap when the first is moved by a step and grown at both ends.

    Parameters
    ----------
    reach
        By how many voxels it is grown.
    among
        The runs to find neighbours of; None for all.
    """
    which = np.arange(len(starts)) if among is None else among
    one, other = [], []
    for step in steps:
        first = np.searchsorted(ends, starts[which] + step - reach, side="right")
        behind = np.searchsorted(starts, ends[which] + step + reach, side="left")
        counts = np.maximum(behind - first, 0)
        before = np.cumsum(counts) - counts
        one.append(np.repeat(which, counts))
        other.append(np.arange(counts.sum()) + np.repeat(first - before, counts))
    return np.concatenate(one), np.concatenate(other)


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
