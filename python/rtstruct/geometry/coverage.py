"""Which share of each voxel lies inside the contours: exact areas, nothing is sampled.

By the even-odd rule, like the voxels of ``scanline``, contours that overlap or cross themselves
included. An edge adds to every pixel the area to its right in its row; the left sides of what is
inside add, the right sides take away (the accumulation of font renderers, on trapezoids). Summed
over an image the shares are the area of the polygons.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.scanline import upward_edges
from rtstruct.geometry.strips import Edges, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from rtstruct.geometry.contours import PlacedContours
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans
    from rtstruct.geometry.strips import Pieces

# Less is the rounding of sums.
NEGLIGIBLE = 1e-7  # of a voxel


@dataclass(frozen=True, eq=False)
class Coverage:
    """Shares of voxels, 0 to 1, in a box; outside it all are 0."""

    shares: NDArray[np.float32]
    """(slices, rows, columns) of the box."""
    corner: tuple[int, int, int]
    """Slice, row, column of the first voxel of the box."""
    shape: tuple[int, int, int]
    """Slices, rows, columns of the image."""

    @property
    def voxel_count(self) -> int:
        """How many voxels are inside, wholly or in part."""
        return int(np.count_nonzero(self.shares))

    @property
    def slice_count(self) -> int:
        """How many slices have such voxels."""
        return int(np.count_nonzero(self.shares.any(axis=(1, 2))))

    def volume(self, grid: ImageGrid) -> float:
        """In mL: sum of the shares times the volume of a voxel."""
        return float(self.shares.sum(dtype=np.float64)) * grid.voxel_volume

    def planes(self) -> Iterator[NDArray[np.float32]]:
        """(rows, columns) of the image, slice after slice; each only good until the next."""
        plane = np.zeros(self.shape[1:], dtype=np.float32)
        first, row, column = self.corner
        count, rows, columns = self.shares.shape
        for k in range(self.shape[0]):
            inside = first <= k < first + count
            plane[row : row + rows, column : column + columns] = (
                self.shares[k - first] if inside else 0
            )
            yield plane

    def to_array(self) -> NDArray[np.float32]:
        """(slices, rows, columns) of the image."""
        whole = np.empty(self.shape, dtype=np.float32)
        for k, plane in enumerate(self.planes()):
            whole[k] = plane
        return whole

    @cached_property
    def bounding_box(self) -> tuple[int, int, int, int, int, int] | None:
        """i0, j0, k0, i1, j1, k1: first and last column, row, slice; None if there is no voxel."""
        if not self.shares.any():
            return None
        ends = []
        for axis in (2, 1, 0):
            others = tuple(other for other in range(3) if other != axis)
            filled = np.flatnonzero(self.shares.any(axis=others)) + self.corner[axis]
            ends.append((int(filled[0]), int(filled[-1])))
        (i0, i1), (j0, j1), (k0, k1) = ends
        return i0, j0, k0, i1, j1, k1

    def centroid_mm(self, grid: ImageGrid) -> tuple[float, float, float] | None:
        """Mean of the voxel centres, by their shares, in the patient's system; None if empty."""
        total = self.shares.sum(dtype=np.float64)
        if not total:
            return None
        k, j, i = (
            np.arange(size) + first
            for first, size in zip(self.corner, self.shares.shape, strict=True)
        )
        centre = (
            self.shares.sum(axis=(1, 2), dtype=np.float64) @ grid.slice_origins[k]
            + self.shares.sum(axis=(0, 2), dtype=np.float64)
            @ np.outer(j * grid.spacing_mm[1], grid.column_direction)
            + self.shares.sum(axis=(0, 1), dtype=np.float64)
            @ np.outer(i * grid.spacing_mm[2], grid.row_direction)
        ) / total
        return float(centre[0]), float(centre[1]), float(centre[2])


def cover(contours: PlacedContours, shape: tuple[int, int, int]) -> Coverage:
    """Return which share of each voxel of an image (slices, rows, columns) lies inside."""
    _, rows, columns = shape
    edges = _edges_within(contours, rows)
    pieces = cut(edges, np.arange(-0.5, rows))
    if len(pieces.plane) == 0:
        return Coverage(np.zeros((0, 0, 0), dtype=np.float32), (0, 0, 0), shape)
    left = _pixel(min(edges.column0.min(), edges.column1.min()), columns)
    right = _pixel(max(edges.column0.max(), edges.column1.max()), columns) + 1
    top = _pixel(edges.row0.min(), rows)
    bottom = _pixel(edges.row1.max(), rows) + 1
    first, last = int(pieces.plane[0]), int(pieces.plane[-1])
    shares = np.zeros((last - first + 1, bottom - top, right - left), dtype=np.float32)
    borders = np.searchsorted(pieces.plane, np.arange(first, last + 2))
    for k, (begin, end) in enumerate(pairwise(borders)):
        if end > begin:
            shares[k] = _plane(pieces, begin, end, (top, left), shares.shape[1:])
    return Coverage(shares, (first, top, left), shape)


def whole_voxels(mask: Spans) -> Coverage:
    """Return the coverage of a mask: 1 inside."""
    box = mask.bounding_box
    if box is None:
        return Coverage(np.zeros((0, 0, 0), dtype=np.float32), (0, 0, 0), mask.shape)
    i0, j0, k0, i1, j1, k1 = box
    voxels = mask.to_array()[k0 : k1 + 1, j0 : j1 + 1, i0 : i1 + 1]
    return Coverage(voxels.astype(np.float32), (k0, j0, i0), mask.shape)


def _pixel(position: float, size: int) -> int:
    return int(np.clip(np.floor(position + 0.5), 0, size - 1))


def _edges_within(contours: PlacedContours, rows: int) -> Edges:
    """The parts of edges that lie in the rows of the image."""
    column0, row0, column1, row1 = upward_edges(contours)
    plane = np.repeat(contours.slices, contours.counts)
    begin, end = np.clip(row0, -0.5, rows - 0.5), np.clip(row1, -0.5, rows - 0.5)
    kept = begin < end
    column0, row0, column1, row1 = column0[kept], row0[kept], column1[kept], row1[kept]
    begin, end = begin[kept], end[kept]
    # A share of the edge cannot overflow, however low the edge is; a slope can.
    height, width = row1 - row0, column1 - column0
    return Edges(
        column0 + (begin - row0) / height * width,
        begin,
        column1 - (row1 - end) / height * width,
        end,
        plane[kept],
    )


def _plane(
    pieces: Pieces, begin: int, end: int, corner: tuple[int, int], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """(rows, columns) shares of the pixels of one plane's box."""
    rows, columns = shape
    top, bottom = pieces.top[begin:end], pieces.bottom[begin:end]
    row = np.floor((top + bottom) / 2 + 0.5).astype(np.int64) - corner[0]
    # From the left border of the box.
    one = pieces.column_at_top[begin:end] + 0.5 - corner[1]
    other = pieces.column_at_bottom[begin:end] + 0.5 - corner[1]
    low, high = np.minimum(one, other), np.maximum(one, other)
    # A piece is cut where it passes from pixel to pixel; what is beyond the box is one part.
    first = np.clip(np.floor(low) + 1, 0, columns + 1).astype(np.int64)
    cuts = np.maximum(np.clip(np.ceil(high), 0, columns + 1).astype(np.int64) - first, 0)
    piece = np.repeat(np.arange(len(cuts)), cuts + 1)
    nth = np.arange(len(piece)) - np.repeat(np.cumsum(cuts + 1) - cuts - 1, cuts + 1)
    border = first[piece] + nth
    start = np.where(nth == 0, low[piece], border - 1)
    stop = np.where(nth == cuts[piece], high[piece], border)
    length = np.where(high > low, high - low, 1)[piece]
    height = (bottom - top)[piece] * np.where((high > low)[piece], (stop - start) / length, 1)
    height[piece % 2 == 1] *= -1
    middle = (start + stop) / 2
    column = np.clip(np.floor(middle), 0, columns).astype(np.int64)
    beyond = np.clip(middle - column, 0, 1) * height
    width = columns + 2
    at = row[piece] * width + column
    steps = np.bincount(at, weights=height - beyond, minlength=rows * width)
    steps += np.bincount(at + 1, weights=beyond, minlength=rows * width)
    shares = np.cumsum(steps.reshape(rows, width), axis=1)[:, :columns]
    shares[shares < NEGLIGIBLE] = 0
    return np.minimum(shares, 1)
