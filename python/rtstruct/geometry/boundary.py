"""Contours that software traced from a mask: their vertices are voxel centres, not outlines.

Tracing joins the centres of the outermost voxels. The rule of the voxel centre, half-open, then
drops half of these voxels (a fifth of the volume of ordinary organs). What gives the traced mask
back is to keep each voxel whose centre lies on an edge, of outlines and of holes alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.spans import Spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.contours import PlacedContours

LATTICE_TOLERANCE = 0.01  # of a pixel
# Drawn contours have less than one vertex in a hundred on voxel centres, traced ones nearly all.
TRACED_SHARE = 0.95


def lattice_share(contours: PlacedContours) -> float:
    """Return the share of vertices that lie on voxel centres, 0 to 1; 0 if there is no vertex."""
    return float(_on_lattice(contours).mean()) if len(contours.row) else 0.0


def add_boundary(mask: Spans, contours: PlacedContours) -> Spans:
    """Return the mask and every voxel whose centre lies on an edge between two voxel centres."""
    _, rows, columns = mask.shape
    ends = np.cumsum(contours.counts)
    following = np.arange(1, len(contours.row) + 1)
    following[ends - 1] = ends - contours.counts
    on_lattice = _on_lattice(contours)
    edges = np.flatnonzero(on_lattice & on_lattice[following])
    column = np.rint(contours.column).astype(np.int64)
    row = np.rint(contours.row).astype(np.int64)
    right = column[following[edges]] - column[edges]
    down = row[following[edges]] - row[edges]
    # Between two voxel centres an edge meets as many others as both steps have common parts.
    steps = np.maximum(np.gcd(right, down), 1)
    edge = np.repeat(np.arange(len(edges)), steps)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(steps) - steps, steps)
    column = column[edges][edge] + nth * (right // steps)[edge]
    row = row[edges][edge] + nth * (down // steps)[edge]
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    plane = np.repeat(contours.slices, contours.counts)[edges][edge]
    return _union(mask, ((plane * rows + row) * columns + column)[inside])


def _on_lattice(contours: PlacedContours) -> NDArray[np.bool_]:
    on_column = np.abs(contours.column - np.rint(contours.column)) < LATTICE_TOLERANCE
    return on_column & (np.abs(contours.row - np.rint(contours.row)) < LATTICE_TOLERANCE)


def _union(mask: Spans, voxels: NDArray[np.int64]) -> Spans:
    """Add voxels, in any order and as often as they come."""
    starts = np.concatenate([mask.starts, voxels])
    ends = np.concatenate([mask.ends, voxels + 1])
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], np.maximum.accumulate(ends[order])
    # Runs that only touch stay apart: a run never leaves its row.
    first = np.concatenate([[True], starts[1:] >= ends[:-1]]) if len(starts) else starts > 0
    last = np.concatenate([first[1:], [True]]) if len(starts) else first
    return Spans(starts[first], ends[last], mask.shape)
