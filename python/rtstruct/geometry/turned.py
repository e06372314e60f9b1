"""A grid seen along another of its axes: for contours of another view, as after a registration.

Contours that stand on the slices cut them in lines, not areas. Seen along the axis that their
planes' normal is nearest to, the same voxels are slices that the contours lie on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.grid import ImageGrid
from rtstruct.geometry.planes import MOST_TILT_DEGREES
from rtstruct.geometry.spans import Spans, from_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.contours import Contours


@dataclass(frozen=True, eq=False)
class Turned:
    """The voxels of a grid in another order."""

    grid: ImageGrid
    """Its slices lie along the rows or columns of the other one."""
    axes: tuple[int, int, int]
    """Which axes of an array on ``grid`` are the slices, rows and columns of the other one."""

    def back(self, voxels: Spans) -> Spans:
        """A mask on ``grid`` as one on the grid that was turned."""
        return from_array(voxels.to_array().transpose(self.axes).astype(np.bool_))


def turned_to(contours: Contours, grid: ImageGrid) -> Turned | None:
    """The grid as contours see it that stand on its slices; None where they do not.

    None too where they are more than 45 degrees from all axes, and where slices are not even.
    """
    # In the order of an array: along slices, rows and columns.
    ways = (grid.normal, grid.column_direction, grid.row_direction)
    along = np.abs(np.array(ways) @ _normal(contours))
    axis = int(np.argmax(along))
    least = np.cos(np.radians(MOST_TILT_DEGREES))
    if axis == 0 or along[0] >= least or along[axis] < least or not grid.is_affine:
        return None
    # Directions stay right-handed: each takes the place of the next.
    slices, rows, columns = axis, (axis + 1) % 3, (axis + 2) % 3
    steps = np.arange(grid.shape[slices])[:, None] * grid.spacing_mm[slices] * ways[slices]
    turned = ImageGrid(
        shape=(grid.shape[slices], grid.shape[rows], grid.shape[columns]),
        spacing_mm=(grid.spacing_mm[slices], grid.spacing_mm[rows], grid.spacing_mm[columns]),
        row_direction=ways[columns],
        column_direction=ways[rows],
        slice_origins=grid.slice_origins[0] + steps,
        kind="uniform",
    )
    return Turned(turned, (1, 2, 0) if axis == 2 else (2, 0, 1))


def _normal(contours: Contours) -> NDArray[np.float64]:
    """(3,) unit vector of the plane of the largest contour; zero where none encloses anything."""
    counts = contours.counts[contours.counts > 0]
    if not len(counts):
        return np.zeros(3)
    starts = np.cumsum(counts) - counts
    relative = contours.points_mm - np.repeat(contours.points_mm[starts], counts, axis=0)
    following = np.roll(relative, -1, axis=0)
    following[starts + counts - 1] = 0
    areas = np.add.reduceat(np.cross(relative, following), starts)
    sizes = np.linalg.norm(areas, axis=1)
    largest = int(np.argmax(sizes))
    return np.asarray(areas[largest] / sizes[largest] if sizes[largest] > 0 else np.zeros(3))
