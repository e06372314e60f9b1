"""Planes of contours onto the slices of an image: as a whole, never one by one at a knife's edge.

Where planes have the distances of the slices, or multiples, each goes to one slice, in order, and
no two to one: their common offset decides, so that the rounding of single positions does not. Where
they are finer, coarser or tilted, a voxel centre belongs to the plane that it is nearest to, and is
inside where the contours of that plane, moved along the planes' normal, enclose it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.grid import BORDER_TOLERANCE
from rtstruct.geometry.outlines import Outlines

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.parts import Parts, Slabs
    from rtstruct.geometry.planes import Planes

    Floats: TypeAlias = NDArray[np.float64]
    Integers: TypeAlias = NDArray[np.int64]

# Planes whose distances from one slice each differ by more do not have the slices' spacing.
LATTICE_TOLERANCE = 0.5  # of the slice spacing
# The same where slices between them have none.
SPARSE_TOLERANCE = 0.25  # of the slice spacing


@dataclass(frozen=True, eq=False)
class OnSlices:
    """Contours on slices, each as often as a slice takes it."""

    outlines: Outlines
    """``plane`` is the slice."""
    contour: Integers
    """(outlines,) which contour each is."""
    outside: Integers
    """Numbers of contours above or below the image."""
    between: Integers
    """Numbers of contours that no slice takes, as others are nearer."""
    empty: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Slices between contours of one structure that hold none, ascending."""


def slice_coordinates(grid: ImageGrid, heights: Floats) -> Floats:
    """Positions along the normal in slices: 0 is the first slice, 0.5 half way to the second."""
    positions = grid.slice_positions
    if len(positions) == 1:
        return np.asarray((heights - positions[0]) / grid.spacing_mm[0])
    below = np.clip(np.searchsorted(positions, heights, side="right") - 1, 0, len(positions) - 2)
    gaps = np.diff(positions)
    return np.asarray(below + (heights - positions[below]) / gaps[below])


def slice_heights(grid: ImageGrid, coordinates: Floats) -> Floats:
    """The inverse of :func:`slice_coordinates`, in mm."""
    positions = grid.slice_positions
    if len(positions) == 1:
        return np.asarray(positions[0] + coordinates * grid.spacing_mm[0])
    below = np.clip(np.floor(coordinates).astype(np.int64), 0, len(positions) - 2)
    return np.asarray(positions[below] + (coordinates - below) * np.diff(positions)[below])


def one_slice_each(coordinates: Floats, count: int) -> Integers | None:
    """Return a slice of ``count`` for each plane, in step; for those beyond the stack none of it.

    A contour far outside, drawn by mistake, does not decide for the others. None where the others
    do not have the slices' spacing.
    """
    inside = (coordinates > -1) & (coordinates < count)
    chosen = np.floor(coordinates + 0.5 + BORDER_TOLERANCE).astype(np.int64)
    is_on_slices = np.abs(coordinates - chosen).max() < BORDER_TOLERANCE
    if is_on_slices and (np.diff(chosen) > 0).all():
        return chosen
    if inside.any():
        in_step = _in_step(coordinates[inside])
        if in_step is None:
            return None
        chosen[inside] = in_step
    return chosen


def _in_step(coordinates: Floats) -> Integers | None:
    """Return a slice for each plane, in order, or None where they do not have the slices' spacing.

    Parameters
    ----------
    coordinates
        (planes,) in slices, ascending. Exactly half way is the upper slice.
    """
    steps = np.rint(np.diff(coordinates)).astype(np.int64)
    if (steps < 1).any():
        return None
    index = np.concatenate([[0], np.cumsum(steps)])
    # Planes of another, thicker stack may be nearly a multiple apart for a short while.
    tolerance = LATTICE_TOLERANCE if (steps == 1).all() else SPARSE_TOLERANCE
    offset = coordinates - index
    middle = float(offset.mean())
    if np.abs(offset - middle).max() >= tolerance:
        return None
    if len(index) > 1:
        centred = index - index.mean()
        drift = (float(centred @ coordinates) / float(centred @ centred) - 1) * float(index[-1])
        if abs(drift) >= tolerance:
            return None
    return np.asarray(index + int(np.floor(middle + 0.5 + BORDER_TOLERANCE)))


def put_whole(outlines: Outlines, slices: Integers, grid: ImageGrid) -> OnSlices:
    """Put contours on the slices of their planes, (planes,)."""
    chosen = slices[outlines.plane]
    inside = (chosen >= 0) & (chosen < grid.shape[0])
    contour = np.arange(len(chosen))
    none = contour[:0]
    if inside.all():
        return OnSlices(outlines.on(chosen), contour, none, none)
    kept = np.flatnonzero(inside)
    placed = outlines.pick(kept, chosen[kept])
    return OnSlices(placed, kept, np.flatnonzero(~inside), none)


def put_nearest(
    outlines: Outlines, parts: Parts, slabs: Slabs, coordinates: Floats, grid: ImageGrid
) -> OnSlices:
    """Put contours, parallel to the slices, on each slice whose centre lies in their own slab."""
    here = coordinates[parts.plane]
    first = np.ceil(here - slabs.down - BORDER_TOLERANCE).astype(np.int64)[parts.part]
    end = np.ceil(here + slabs.up - BORDER_TOLERANCE).astype(np.int64)[parts.part]
    taken = end > first
    if not taken.any():
        # So thin that no slice passes through it: it is not lost for that.
        distance = np.abs(coordinates - np.rint(coordinates))
        nearest = int(np.argmin(np.round(distance, 3)))
        here_plane = outlines.plane == nearest
        slice_ = int(np.floor(coordinates[nearest] + 0.5 + BORDER_TOLERANCE))
        first = np.where(here_plane, slice_, first)
        end = np.where(here_plane, slice_ + 1, end)
        taken = here_plane
    first_inside = np.clip(first, 0, grid.shape[0])
    copies = np.where(taken, np.clip(end, 0, grid.shape[0]) - first_inside, 0)
    contour = np.repeat(np.arange(len(copies)), copies)
    nth = np.arange(len(contour)) - np.repeat(np.cumsum(copies) - copies, copies)
    placed = outlines.pick(contour, first_inside[contour] + nth)
    outside = np.flatnonzero(taken & (copies == 0))
    return OnSlices(placed, contour, outside, np.flatnonzero(~taken))


def put_tilted(
    outlines: Outlines, parts: Parts, slabs: Slabs, planes: Planes, grid: ImageGrid
) -> OnSlices:
    """Cut what lies nearest to each plane with the slices.

    Contours are moved along the planes' normal onto each slice, and clipped to what is nearer to
    their plane than to the next.
    """
    _, between_rows, between_columns = grid.spacing_mm
    normal, origin = planes.normal, grid.slice_origins[0]
    steep = float(normal @ grid.normal)
    along_column = float(normal @ grid.row_direction) * between_columns
    along_row = float(normal @ grid.column_direction) * between_rows
    # Height of each vertex above the first slice: where the plane is, whatever its own bend.
    plane = planes.positions[outlines.plane] - float(normal @ origin)
    height = np.repeat(plane, outlines.counts)
    height -= outlines.column * along_column + outlines.row * along_row
    height /= steep
    low = -slabs.down[parts.part] * steep + np.minimum.reduceat(height, outlines.starts)
    high = slabs.up[parts.part] * steep + np.maximum.reduceat(height, outlines.starts)
    levels = grid.slice_positions - grid.slice_positions[0]
    first, end = np.searchsorted(levels, low), np.searchsorted(levels, high)
    copies = end - first
    contour = np.repeat(np.arange(len(copies)), copies)
    nth = np.arange(len(contour)) - np.repeat(np.cumsum(copies) - copies, copies)
    placed = outlines.pick(contour, first[contour] + nth)
    with_height = Outlines(height, height, outlines.counts, outlines.plane).pick(contour)
    distance = (np.repeat(levels[placed.plane], placed.counts) - with_height.column) / steep
    column = placed.column + distance * along_column / between_columns**2
    row = placed.row + distance * along_row / between_rows**2
    cut, kept = _clip(column, row, distance, placed, -slabs.down[parts.part][contour])
    column, row, distance, counts = cut
    contour, slices = contour[kept], placed.plane[kept]
    cut, kept = _clip(
        column,
        row,
        -distance,
        Outlines(column, row, counts, slices),
        -slabs.up[parts.part][contour],
    )
    column, row, distance, counts = cut
    contour, slices = contour[kept], slices[kept]
    clipped = Outlines(column, row, counts, slices)
    solid = np.flatnonzero(counts > 2)
    clipped, contour = clipped.pick(solid), contour[solid]
    used = np.zeros(len(outlines.counts), dtype=bool)
    used[contour] = True
    top = levels[-1] + (levels[-1] - levels[-2] if len(levels) > 1 else grid.spacing_mm[0]) / 2
    bottom = -(levels[1] if len(levels) > 1 else grid.spacing_mm[0]) / 2
    middle = (low + high) / 2
    outside = ~used & ((middle < bottom) | (middle > top))
    return OnSlices(
        clipped,
        contour,
        np.flatnonzero(outside),
        np.flatnonzero(~used & ~outside),
    )


def _clip(
    column: Floats, row: Floats, value: Floats, outlines: Outlines, least: Floats
) -> tuple[tuple[Floats, Floats, Floats, Integers], Integers]:
    """Keep of polygons what has at least a value, linear along edges (Sutherland and Hodgman 1974).

    What falls into several pieces stays one polygon: the edges between them run along the border
    there and back, and enclose nothing by the even-odd rule.

    Returns
    -------
    column, row, value, counts
        Of the clipped polygons that are left.
    kept
        Their numbers.
    """
    following = outlines.following
    apart = value - np.repeat(least, outlines.counts)
    inside = apart >= 0
    crosses = inside != inside[following]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(crosses, apart / (apart - apart[following]), 0)
    keep = np.column_stack([inside, crosses]).ravel()

    def interleave(x: Floats) -> Floats:
        return np.asarray(np.column_stack([x, x + share * (x[following] - x)]).ravel()[keep])

    counts = np.add.reduceat(inside.astype(np.int64) + crosses, outlines.starts)
    kept = np.flatnonzero(counts)
    return (interleave(column), interleave(row), interleave(value), counts[kept]), kept
