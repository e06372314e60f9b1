"""Contours and masks of any stack of slices on a uniform grid of another spacing.

The grid has the image's axes, its own spacing, and is centred on the image, all of which it holds.
Each of its slices takes what lies on the slice of the image whose slab holds its position: between
two slices nothing is invented. In the plane, contours keep their millimetres.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rtstruct.geometry.grid import ImageGrid, check_voxels
from rtstruct.geometry.spans import Spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.contours import PlacedContours

# An extent that is a whole number of voxels but for rounding needs no voxel more.
ROUNDING = 1e-3  # of a voxel
TIE_TOLERANCE = 1e-6  # of a pixel


@dataclass(frozen=True, eq=False)
class Resampling:
    """From the grid of an image to a uniform one."""

    source: ImageGrid
    target: ImageGrid
    slices: NDArray[np.int64]
    """(target slices,) the slice of the source each is taken from, ascending."""
    offsets_mm: NDArray[np.float64]
    """(source slices, 2) from the target's first voxel to the slice's: along rows, columns."""

    def contours(self, placed: PlacedContours) -> PlacedContours:
        """Contours placed on the source, on each slice of the target that takes them."""
        first = np.searchsorted(self.slices, placed.slices, side="left")
        copies = np.searchsorted(self.slices, placed.slices, side="right") - first
        which, nth = _each(copies)
        counts = placed.counts[which]
        contour, vertex = _each(counts)
        starts = np.cumsum(placed.counts) - placed.counts
        vertices = starts[which][contour] + vertex
        offset = self.offsets_mm[placed.slices[which]][contour]
        _, between_rows, between_columns = self.source.spacing_mm
        column = placed.column[vertices] * between_columns + offset[:, 0]
        row = placed.row[vertices] * between_rows + offset[:, 1]
        return replace(
            placed,
            column=column / self.target.spacing_mm[2],
            row=row / self.target.spacing_mm[1],
            counts=counts,
            slices=first[which] + nth,
        )

    def image(self, voxels: NDArray[Any]) -> NDArray[Any]:
        """Voxels of the source, (slices, rows, columns), on the target: linear in the plane.

        What the source does not reach has the lowest value of the source.
        """
        target = np.full(self.target.shape, voxels.min(), dtype=voxels.dtype)
        for k, source in enumerate(self.slices):
            if source < 0:
                continue
            plane, reached = voxels[source].astype(np.float64), []
            # Columns, then rows: the one axis that a step works on is the last.
            for axis in (0, 1):
                position = (
                    np.arange(self.target.shape[2 - axis]) * self.target.spacing_mm[2 - axis]
                    - self.offsets_mm[source, axis]
                ) / self.source.spacing_mm[2 - axis]
                size = plane.shape[-1]
                reached.append((position >= -0.5) & (position < size - 0.5))
                below = np.clip(np.floor(position).astype(np.int64), 0, max(size - 2, 0))
                share = np.clip(position - below, 0, 1)
                above = np.minimum(below + 1, size - 1)
                plane = (plane[:, below] * (1 - share) + plane[:, above] * share).T
            if np.issubdtype(voxels.dtype, np.integer):
                plane = np.rint(plane)
            inside = np.ix_(reached[1], reached[0])
            target[k][inside] = plane[inside]
        return target

    def mask(self, mask: Spans) -> Spans:
        """Voxels of the target whose centre lies in a voxel of a mask on the source."""
        _, rows, columns = self.target.shape
        _, between_rows, between_columns = self.source.spacing_mm
        source_rows, source_columns = self.source.shape[1:]
        offset = self.offsets_mm[self.slices]
        height = np.arange(rows) * self.target.spacing_mm[1] - offset[:, 1:]
        row = np.floor(height / between_rows + 0.5 + TIE_TOLERANCE).astype(np.int64)
        lines = np.where(
            (row >= 0) & (row < source_rows), self.slices[:, None] * source_rows + row, -1
        ).ravel()
        line_of_run = mask.starts // source_columns
        first = np.searchsorted(line_of_run, lines, side="left")
        runs = np.searchsorted(line_of_run, lines, side="right") - first
        line, nth = _each(runs)
        run = first[line] + nth
        left = offset[line // rows, 0]

        def border(position: NDArray[np.int64]) -> NDArray[np.int64]:
            """The first voxel of the target's row whose centre is not before a voxel's border."""
            column = position[run] - line_of_run[run] * source_columns
            at = ((column - 0.5) * between_columns + left) / self.target.spacing_mm[2]
            inside: NDArray[np.int64] = np.ceil(at - TIE_TOLERANCE).astype(np.int64)
            return np.clip(inside, 0, columns)

        starts, ends = line * columns + border(mask.starts), line * columns + border(mask.ends)
        filled = ends > starts
        return Spans(starts[filled], ends[filled], self.target.shape)


def resampling(source: ImageGrid, spacing_mm: tuple[float, float, float]) -> Resampling:
    """Plan the way from an image's grid, of any kind, to a uniform grid.

    Parameters
    ----------
    spacing_mm
        Between columns, between rows, between slices.

    Raises
    ------
    RtstructError
        ``too_many_voxels``.
    """
    axes = np.column_stack([source.row_direction, source.column_direction, source.normal])
    corners = (source.slice_origins - source.slice_origins[0]) @ axes
    _, rows, columns = source.shape
    step = np.array([source.spacing_mm[2], source.spacing_mm[1]])
    borders = source.slab_borders - source.slice_positions[0]
    low = np.array([*(corners[:, :2].min(axis=0) - step / 2), borders[0]])
    last = corners[:, :2].max(axis=0) + (np.array([columns, rows]) - 0.5) * step
    high = np.array([*last, borders[-1]])
    spacing = np.array(spacing_mm)
    size = np.maximum(np.ceil((high - low) / spacing - ROUNDING), 1)
    check_voxels(size[2], size[1], size[0])
    first = (low + high) / 2 - (size - 1) / 2 * spacing
    shape = (int(size[2]), int(size[1]), int(size[0]))
    steps = np.outer(np.arange(shape[0]) * spacing[2], source.normal)
    target = ImageGrid(
        shape=shape,
        spacing_mm=(float(spacing[2]), float(spacing[1]), float(spacing[0])),
        row_direction=source.row_direction,
        column_direction=source.column_direction,
        slice_origins=source.slice_origins[0] + axes @ first + steps,
        kind="uniform",
    )
    return Resampling(
        source, target, source.slices_at(target.slice_positions), corners[:, :2] - first[:2]
    )


def _each(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of as many items as the counts sum up to: whose each is, and its number among them."""
    which = np.repeat(np.arange(len(counts)), counts)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
