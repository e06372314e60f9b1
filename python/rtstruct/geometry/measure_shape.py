"""Facts of a mask (``MaskShape``), from its runs."""

from __future__ import annotations

from functools import cache
from math import pi
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.components import component_sizes, hole_sizes
from rtstruct.geometry.mask_shape import MaskShape
from rtstruct.geometry.surface import surface_area

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans

# Products at once: as many as a processor's cache holds.
_AT_ONCE = 20_000


def shape_of(mask: Spans, grid: ImageGrid) -> MaskShape | None:
    """Return the facts of a mask on a grid; None if it has no voxel."""
    box = mask.bounding_box
    if box is None:
        return None
    area = surface_area(mask, grid.spacing_mm) if grid.is_affine else None
    parts, holes = component_sizes(mask), hole_sizes(mask)
    slices, rows, columns = mask.shape
    i0, j0, k0, i1, j1, k1 = box
    return MaskShape(
        surface_area_mm2=area,
        sphericity=(36 * pi * (mask.volume(grid) * 1000) ** 2) ** (1 / 3) / area if area else None,
        largest_diameter_mm=_largest_diameter(mask, grid),
        component_count=len(parts),
        largest_component_share=float(parts[0] / mask.voxel_count),
        hole_count=len(holes),
        hole_volume_mL=float(holes.sum()) * grid.voxel_volume,
        gap_slice_count=k1 - k0 + 1 - mask.slice_count,
        touches_side=i0 == 0 or j0 == 0 or i1 == columns - 1 or j1 == rows - 1,
        touches_end=k0 == 0 or k1 == slices - 1,
    )


def _largest_diameter(mask: Spans, grid: ImageGrid) -> float:
    """The longest line found between voxels that are outermost in some direction.

    Of 100 directions none is farther than 8 degrees from the longest line, which so is found to
    1 %; the directions of the lines found are then tried in turn as long as a longer one appears.
    """
    ends = _outermost(mask, grid)
    axes = (grid.normal, grid.column_direction, grid.row_direction)
    steps = np.array(axes) * np.reshape(grid.spacing_mm, (3, 1))
    directions, longest = _directions(), 0.0
    while True:
        first, last = _farthest(ends, directions)
        lines = ends[last] - ends[first]
        # From the centre of a face to that of another one, on whichever sides make it longer.
        half = np.where(lines @ steps.T < 0, -0.5, 0.5)[:, :, None] * steps
        outer = lines[:, None, None] + half[:, :, None] + half[:, None]
        length = float(np.sqrt((outer * outer).sum(axis=-1).max()))
        if length <= longest * (1 + 1e-12):
            return longest
        longest = length
        lengths = np.linalg.norm(lines, axis=1)
        if not lengths.any():
            return longest
        directions = lines[lengths > 0] / lengths[lengths > 0][:, None]


def _farthest(
    ends: NDArray[np.float64], directions: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the first and of the last one of ``ends`` along some direction, each two once."""
    pairs = []
    step = max(10, _AT_ONCE // len(ends))
    for n in range(0, len(directions), step):
        along = directions[n : n + step] @ ends.T
        pairs.append(along.argmin(axis=1) * len(ends) + along.argmax(axis=1))
    first, last = np.divmod(np.unique(np.concatenate(pairs)), len(ends))
    return first, last


def _outermost(mask: Spans, grid: ImageGrid) -> NDArray[np.float64]:
    """(voxels, 3) centres in mm of voxels among which all corners of the convex hull are."""
    _, rows, columns = mask.shape
    row = mask.starts // columns
    is_first = np.concatenate([[True], row[1:] != row[:-1]])
    is_last = np.concatenate([is_first[1:], [True]])
    left = mask.starts[is_first] - row[is_first] * columns
    right = mask.ends[is_last] - 1 - row[is_last] * columns
    plane, in_slice = np.divmod(row[is_first], rows)
    sides = [_outer(plane, in_slice, left, grid), _outer(plane, in_slice, -right, grid)]
    plane, in_slice, column = np.concatenate(sides, axis=1)
    return (
        grid.slice_origins[plane]
        + np.outer(in_slice * grid.spacing_mm[1], grid.column_direction)
        + np.outer(np.abs(column) * grid.spacing_mm[2], grid.row_direction)
    )


def _outer(
    plane: NDArray[np.int64], row: NDArray[np.int64], column: NDArray[np.int64], grid: ImageGrid
) -> tuple[NDArray[np.int64], ...]:
    """Of voxels that are the first of their row: slice, row and column of the outer ones."""
    plane, row, column = _hull(plane, row, column)
    if not grid.is_affine:
        return plane, row, column
    # Across slices too: a corner of the hull is one of every plane that holds it.
    order = np.lexsort((plane, row))
    row, plane, column = _hull(row[order], plane[order], column[order])
    return plane, row, column


def _hull(
    group: NDArray[np.int64], along: NDArray[np.int64], column: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Leave out each voxel that does not lie before the line between the two around it.

    Voxels are in order of group and then of their place along it.
    """
    while True:
        a, b, c = (slice(0, -2), slice(1, -1), slice(2, None))
        is_inner = (group[a] == group[c]) & (
            (column[b] - column[a]) * (along[c] - along[a])
            >= (column[c] - column[a]) * (along[b] - along[a])
        )
        if not is_inner.any():
            return group, along, column
        kept = np.concatenate([[True], ~is_inner, [True]])
        group, along, column = group[kept], along[kept], column[kept]


@cache
def _directions() -> NDArray[np.float64]:
    """(100, 3) unit vectors, evenly over half a sphere (a Fibonacci lattice)."""
    number = np.arange(100)
    height = (number + 0.5) / 100
    turn = number * pi * (3 - 5**0.5)
    radius = np.sqrt(1 - height**2)
    return np.column_stack([radius * np.cos(turn), radius * np.sin(turn), height])
