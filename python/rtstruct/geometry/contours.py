"""Closed planar contours, placed on the slices of a grid."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid

# Contours whose planes are further apart than this, inside one slab, were drawn on other planes.
PLANE_TOLERANCE = 0.2  # of the slice spacing
# A contour that spans more than this along the normal is tilted against the slices.
TILT_TOLERANCE = 0.1  # of the slice spacing
# A contour that spans more than a whole slab lies on no slice.
LARGEST_SPAN = 1.0  # of the slice spacing
# Voxels reach half a pixel beyond the centres of the outermost ones.
EDGE_TOLERANCE = 1e-3  # of a pixel


@dataclass(frozen=True, eq=False)
class Contours:
    """Polygons, each closed by the edge from its last point to its first."""

    points_mm: NDArray[np.float64]
    """(points, 3), one contour after the other."""
    counts: NDArray[np.int64]
    """(contours,) number of points of each."""


@dataclass(frozen=True, eq=False)
class PlacedContours:
    """Contours in units of voxels, on slices; an integer coordinate is the centre of a voxel."""

    column: NDArray[np.float64]
    """(points,)"""
    row: NDArray[np.float64]
    """(points,)"""
    counts: NDArray[np.int64]
    """(contours,) number of points of each."""
    slices: NDArray[np.int64]
    """(contours,) slice of each."""
    skipped: Counter[str]
    """How many contours were left out, by reason."""
    clipped: int
    """How many of the placed contours reach out of the image."""


def place(contours: Contours, grid: ImageGrid) -> PlacedContours:
    """Put each contour on the slice whose slab holds it.

    The plane of a contour is the middle of its extent along the normal. Left out are contours
    outside the stack (``outside_stack``), across more than one slab (``off_plane``), and, where
    several planes of a ROI fall into one slab, those on other planes than the one nearest to the
    slice (``between_slices``): to combine them even-odd would punch holes.
    """
    counts = contours.counts
    filled = counts > 0
    if not filled.all():
        counts = counts[filled]
    skipped: Counter[str] = Counter()
    if len(counts) == 0:
        empty = np.empty(0)
        none = np.empty(0, dtype=np.int64)
        return PlacedContours(empty, empty, none, none, skipped, 0)
    starts = np.cumsum(counts) - counts
    heights = contours.points_mm @ grid.normal
    low = np.minimum.reduceat(heights, starts)
    high = np.maximum.reduceat(heights, starts)
    spacing = grid.spacing_mm[0]
    slices = grid.slices_at((low + high) / 2)
    off_plane = high - low > LARGEST_SPAN * spacing
    outside = (slices < 0) & ~off_plane
    kept = ~(off_plane | outside)
    between = _on_other_planes(low, high, slices, kept, grid)
    kept &= ~between
    for reason, which in (
        ("off_plane", off_plane),
        ("outside_stack", outside),
        ("between_slices", between),
    ):
        if which.any():
            skipped[reason] = int(which.sum())
    points = contours.points_mm
    if not kept.all():
        points = points[np.repeat(kept, counts)]
        counts, slices = counts[kept], slices[kept]
    column, row = _in_plane(points, np.repeat(slices, counts), grid)
    return PlacedContours(column, row, counts, slices, skipped, _clipped(column, row, counts, grid))


def _in_plane(
    points: NDArray[np.float64], slices: NDArray[np.int64], grid: ImageGrid
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    axes = np.column_stack(
        [
            grid.row_direction / grid.spacing_mm[2],
            grid.column_direction / grid.spacing_mm[1],
        ]
    )
    origins = grid.slice_origins @ axes
    placed = points @ axes
    # Only a sheared or irregular stack has another in-plane origin on each slice.
    placed -= origins[0] if grid.is_affine else origins[slices]
    return np.ascontiguousarray(placed[:, 0]), np.ascontiguousarray(placed[:, 1])


def _on_other_planes(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    slices: NDArray[np.int64],
    kept: NDArray[np.bool_],
    grid: ImageGrid,
) -> NDArray[np.bool_]:
    """Which contours lie on another plane than the one nearest to their slice."""
    other = np.zeros(len(low), dtype=bool)
    spacing = grid.spacing_mm[0]
    # The planes of contours tilted against the slices differ along each plane: all count as one.
    if not kept.any() or (high - low)[kept].max() > TILT_TOLERANCE * spacing:
        return other
    which = np.flatnonzero(kept)
    distance = (low + high)[which] / 2 - grid.slice_positions[slices[which]]
    # Sorted by slice, then nearest first; of two planes equally near, the lower one.
    order = np.lexsort((distance, np.round(np.abs(distance), 3), slices[which]))
    which, distance = which[order], distance[order]
    first = np.concatenate([[True], np.diff(slices[which]) != 0])
    nearest = distance[np.flatnonzero(first)][np.cumsum(first) - 1]
    other[which] = np.abs(distance - nearest) > PLANE_TOLERANCE * spacing
    return other


def _clipped(
    column: NDArray[np.float64],
    row: NDArray[np.float64],
    counts: NDArray[np.int64],
    grid: ImageGrid,
) -> int:
    _, rows, columns = grid.shape
    edge = 0.5 + EDGE_TOLERANCE
    outside = (column < -edge) | (column > columns - 1 + edge)
    outside |= (row < -edge) | (row > rows - 1 + edge)
    if not outside.any():
        return 0
    return int(np.logical_or.reduceat(outside, np.cumsum(counts) - counts).sum())
