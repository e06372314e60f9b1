"""A mask as runs of voxels: what the rasteriser makes, measures and hands to the writers.

Memory follows the surface of a structure, not the volume of the image.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid


@dataclass(frozen=True, eq=False)
class Spans:
    """Runs of voxels, in ascending order, without overlap, each inside one row.

    Positions count voxels in the order (slice, row, column), columns fastest.
    """

    starts: NDArray[np.int64]
    """(runs,) position of the first voxel of each run."""
    ends: NDArray[np.int64]
    """(runs,) position behind the last voxel of each run."""
    shape: tuple[int, int, int]
    """Slices, rows, columns."""

    @cached_property
    def voxel_count(self) -> int:
        """Voxels in all runs."""
        return int((self.ends - self.starts).sum())

    @cached_property
    def slice_count(self) -> int:
        """How many slices have voxels."""
        _, rows, columns = self.shape
        plane = self.starts // (rows * columns)
        return int(np.count_nonzero(np.diff(plane, prepend=-1)))

    def to_array(self) -> NDArray[np.uint8]:
        """(slices, rows, columns), 1 inside."""
        runs = np.empty(2 * len(self.starts) + 2, dtype=np.int64)
        runs[0], runs[-1] = 0, np.prod(self.shape)
        runs[1:-1:2], runs[2:-1:2] = self.starts, self.ends
        values = np.zeros(len(runs) - 1, dtype=np.uint8)
        values[1::2] = 1
        return np.repeat(values, np.diff(runs)).reshape(self.shape)

    def crop(self, box: tuple[int, int, int, int, int, int]) -> NDArray[np.uint8]:
        """(slices, rows, columns) of a box that holds all voxels, 1 inside.

        Parameters
        ----------
        box
            As from ``bounding_box``.
        """
        _, rows, columns = self.shape
        row, first = np.divmod(self.starts, columns)
        plane, in_slice = np.divmod(row, rows)
        shape = (box[5] - box[2] + 1, box[4] - box[1] + 1, box[3] - box[0] + 1)
        starts = ((plane - box[2]) * shape[1] + in_slice - box[1]) * shape[2] + first - box[0]
        return Spans(starts, starts + self.ends - self.starts, shape).to_array()

    @cached_property
    def bounding_box(self) -> tuple[int, int, int, int, int, int] | None:
        """i0, j0, k0, i1, j1, k1: first and last column, row, slice; None if there is no voxel."""
        if len(self.starts) == 0:
            return None
        _, rows, columns = self.shape
        row, first = np.divmod(self.starts, columns)
        last = self.ends - 1 - row * columns
        in_slice = row % rows
        return (
            int(first.min()),
            int(in_slice.min()),
            int(row[0] // rows),
            int(last.max()),
            int(in_slice.max()),
            int(row[-1] // rows),
        )

    def volume(self, grid: ImageGrid) -> float:
        """In mL, each voxel as thick as the slab of its slice."""
        if grid.kind != "irregular":
            return self.voxel_count * grid.voxel_volume
        slices, rows, columns = self.shape
        counts = np.bincount(
            self.starts // (rows * columns), self.ends - self.starts, minlength=slices
        )
        thickness = np.diff(grid.slab_borders) / grid.spacing_mm[0]
        return float((counts * thickness).sum()) * grid.voxel_volume

    def centroid_mm(self, grid: ImageGrid) -> tuple[float, float, float] | None:
        """Mean of the voxel centres in the patient's system; None if there is no voxel."""
        if len(self.starts) == 0:
            return None
        slices, rows, columns = self.shape
        lengths = self.ends - self.starts
        row, first = np.divmod(self.starts, columns)
        plane, in_slice = np.divmod(row, rows)
        # Whole numbers, and sums in a fixed order: matrix products differ between processors in
        # the last digit, and the same masks are to be described by the same bytes.
        count = int(lengths.sum())
        middle = int((lengths * (2 * first + lengths - 1)).sum()) / (2 * count)
        middle_row = int((lengths * in_slice).sum()) / count
        of_planes = np.bincount(plane, lengths, slices)[:, None] * grid.slice_origins
        centre = (
            of_planes.sum(axis=0) / count
            + middle * grid.spacing_mm[2] * grid.row_direction
            + middle_row * grid.spacing_mm[1] * grid.column_direction
        )
        return float(centre[0]), float(centre[1]), float(centre[2])


def from_array(mask: NDArray[np.bool_]) -> Spans:
    """Return the runs of a mask of (slices, rows, columns)."""
    slices, rows, columns = mask.shape
    padded = np.zeros((slices * rows, columns + 2), dtype=np.int8)
    padded[:, 1:-1] = mask.reshape(-1, columns)
    steps = np.diff(padded, axis=1).ravel()
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    # A row has a step more than it has voxels.
    starts, ends = starts - starts // (columns + 1), ends - ends // (columns + 1)
    return Spans(starts, ends, (slices, rows, columns))
