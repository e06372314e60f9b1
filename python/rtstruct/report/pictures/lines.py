"""Lines as SVG paths: the edge of a mask along its voxels, contours as they were drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.contours import PlacedContours
    from rtstruct.report.pictures.planes import Plane


def edge_path(
    mask: NDArray[np.bool_], right: NDArray[np.float64], down: NDArray[np.float64]
) -> str:
    """The border between voxels inside and outside, each straight run a line.

    Parameters
    ----------
    mask
        (down, right).
    right, down
        Borders of voxels in mm: one more than the mask has columns, and rows.
    """
    padded = np.pad(mask, 1)
    parts = []
    for v, line in enumerate(padded[1:, 1:-1] != padded[:-1, 1:-1]):
        parts += [f"M{_n(right[a])} {_n(down[v])}H{_n(right[b])}" for a, b in _runs(line)]
    for h, line in enumerate((padded[1:-1, 1:] != padded[1:-1, :-1]).T):
        parts += [f"M{_n(right[h])} {_n(down[a])}V{_n(down[b])}" for a, b in _runs(line)]
    return "".join(parts)


def fill_path(
    mask: NDArray[np.bool_], right: NDArray[np.float64], down: NDArray[np.float64]
) -> str:
    """The voxels inside, each run of a row a rectangle; parameters as of :func:`edge_path`."""
    return "".join(
        f"M{_n(right[a])} {_n(down[v])}H{_n(right[b])}V{_n(down[v + 1])}H{_n(right[a])}Z"
        for v, line in enumerate(mask)
        for a, b in _runs(line)
    )


def contour_path(placed: PlacedContours, plane: Plane, index: int) -> str:
    """Contours on a slice, or where they cross a plane across the slices: a tick on each slice."""
    if plane.normal == 0:
        return _polygons(placed, plane, index)
    return _crossings(placed, plane, index)


def _polygons(placed: PlacedContours, plane: Plane, k: int) -> str:
    starts = np.cumsum(placed.counts) - placed.counts
    parts = []
    for which in np.flatnonzero(placed.slices == k):
        points = slice(starts[which], starts[which] + placed.counts[which])
        along = {2: placed.column[points], 1: placed.row[points]}
        x = plane.right.to_screen(along[plane.right.place])
        y = plane.down.to_screen(along[plane.down.place])
        pairs = "L".join(f"{_n(a)} {_n(b)}" for a, b in zip(x, y, strict=True))
        parts.append(f"M{pairs}Z")
    return "".join(parts)


def _crossings(placed: PlacedContours, plane: Plane, index: int) -> str:
    """Where each contour crosses the plane at the centres of its voxels."""
    across, along = (
        (placed.row, placed.column) if plane.normal == 1 else (placed.column, placed.row)
    )
    starts = np.cumsum(placed.counts) - placed.counts
    following = np.arange(len(across)) + 1
    following[starts + placed.counts - 1] = starts
    low, high = across, across[following]
    crosses = np.flatnonzero((low <= index) != (high <= index))
    if not crosses.size:
        return ""
    share = (index - low[crosses]) / (high[crosses] - low[crosses])
    at = along[crosses] + share * (along[following[crosses]] - along[crosses])
    slices = np.repeat(placed.slices, placed.counts)[crosses].astype(np.float64)
    is_upright = plane.down.place == 0
    stack, other = (plane.down, plane.right) if is_upright else (plane.right, plane.down)
    position = other.to_screen(at)
    one, two = stack.to_screen(slices - 0.5), stack.to_screen(slices + 0.5)
    return "".join(
        f"M{_n(p)} {_n(a)}V{_n(b)}" if is_upright else f"M{_n(a)} {_n(p)}H{_n(b)}"
        for p, a, b in zip(position, one, two, strict=True)
    )


def _runs(line: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(runs, 2) where the line is true: from, and up to but not including."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8)))
    return steps.reshape(-1, 2)


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
