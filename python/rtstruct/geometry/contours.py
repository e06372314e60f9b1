"""Closed planar contours, placed on the slices of a grid."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.assignment import assign
from rtstruct.geometry.drawing import Drawing
from rtstruct.geometry.loops import one_round_each, overlap_themselves
from rtstruct.geometry.outlines import Outlines, even_odd_areas, exact_areas
from rtstruct.geometry.overlaps import SLIVER, THIN, find_copies, find_strokes, unite
from rtstruct.geometry.parts import find_parts
from rtstruct.geometry.planes import LARGEST_SPAN, TILT_TOLERANCE, find_planes
from rtstruct.geometry.slices import OnSlices, put_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.overlaps import Overlap
    from rtstruct.geometry.planes import Planes

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
    areas: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """(slices,) exact area inside the contours on each, in pixels."""
    empty: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Slices between contours of one structure that hold none, ascending."""
    used: int = 0
    """How many contours, of those that were given, are placed."""
    drawing: Drawing = field(default_factory=Drawing)


def place(
    contours: Contours,
    grid: ImageGrid,
    overlap: Overlap = "union",
    *,
    exact: bool = False,
    of_other_image: bool = False,
) -> PlacedContours:
    """Put the contours of one ROI on the slices of a grid.

    Contours are grouped into planes by their own geometry, copies are counted once, and the planes
    are assigned to slices as a whole: see :mod:`rtstruct.geometry.slices`. Left out are contours
    above or below the stack (``outside_stack``), on no plane (``off_plane``), and on planes that no
    slice takes as others are nearer to it (``between_slices``).

    Parameters
    ----------
    overlap
        What is inside where contours of one plane overlap in part: all of it (``union``), or what
        an odd number of them encloses (``even-odd``). Nested ones are holes either way.
    exact
        Whether the areas of contours that cross themselves are exact too, which takes longer.
    of_other_image
        Whether they were drawn on the slices of another image: coarser ones then leave no gaps.
    """
    counts = contours.counts[contours.counts > 0]
    column, row = in_plane(contours.points_mm, grid)
    outlines = Outlines(column, row, counts, np.zeros(len(counts), dtype=np.int64))
    outlines = one_round_each(outlines, exact=exact)
    counts = outlines.counts
    encloses = _encloses(outlines)
    placed, drawing, lost = _nothing(), Drawing(), 0
    areas = np.zeros(grid.shape[0])
    if encloses.any():
        solid = np.flatnonzero(encloses)
        points = contours.points_mm
        if len(solid) < len(counts):
            points = points[np.repeat(encloses, counts)]
        planes = find_planes(points, counts[solid], grid)
        on_plane = np.flatnonzero(planes.plane >= 0)
        lost = len(solid) - len(on_plane)
        if len(on_plane):
            drawn = (
                outlines.on(planes.plane)
                if len(on_plane) == len(counts)
                else outlines.pick(solid[on_plane], planes.plane[on_plane])
            )
            assigned = partial(assign, planes=planes, grid=grid, of_other_image=of_other_image)
            placed, areas, drawing = _place_planes(
                drawn, planes, grid, overlap, assigned, exact=exact
            )
    bare = np.flatnonzero(~encloses)
    lines = _nothing()
    if len(bare):
        # Points, lines and slivers: software may have traced them.
        heights = contours.points_mm[np.repeat(~encloses, counts)] @ grid.normal
        is_flat = _span(heights, counts[bare]) <= LARGEST_SPAN * grid.spacing_mm[0]
        # What stands on the slices encloses something in another view.
        lost += int((~is_flat).sum())
        heights, bare = heights[np.repeat(is_flat, counts[bare])], bare[is_flat]
    if len(bare):
        lines = _put_each(outlines.pick(bare), heights, grid)
    skipped = Counter(
        off_plane=lost,
        outside_stack=len(placed.outside) + len(lines.outside),
        between_slices=len(placed.between),
    )
    together = _shifted(_join(placed.outlines, lines.outlines), grid)
    _, rows, columns = grid.shape
    return PlacedContours(
        together.column,
        together.row,
        together.counts,
        together.plane,
        +skipped,
        _clipped(together, rows, columns),
        areas,
        placed.empty,
        used=len(np.unique(placed.contour)) + len(lines.contour),
        drawing=replace(drawing, slivers=int((counts[bare] > 2).sum())),
    )


def _place_planes(
    drawn: Outlines,
    planes: Planes,
    grid: ImageGrid,
    overlap: Overlap,
    assigned: Callable[..., tuple[OnSlices, NDArray[np.float64], Drawing]],
    *,
    exact: bool,
) -> tuple[OnSlices, NDArray[np.float64], Drawing]:
    """Put contours that enclose something on slices, and say how they were drawn."""
    bends = planes.bends[planes.plane >= 0]
    bent = bends > TILT_TOLERANCE * grid.spacing_mm[0]
    repeated = find_copies(drawn)
    if len(repeated):
        drawn = drawn.pick(np.setdiff1d(np.arange(len(drawn.counts)), repeated))
    crossed = overlap_themselves(drawn) if exact else 0
    parts = find_parts(drawn)
    by_part = drawn.on(parts.part, same_pairs=True)
    measure = exact_areas if exact else even_odd_areas
    areas = measure(by_part, len(parts.plane))
    strokes = find_strokes(by_part, areas)
    count = len(strokes.contours)
    origin = np.arange(len(drawn.counts))
    if count and overlap == "union":
        united, origin = unite(by_part, strokes)
        areas = measure(united, len(parts.plane))
        parts = replace(parts, part=united.plane)
        drawn = united.on(parts.plane[united.plane])
    placed, held, drawing = assigned(drawn, parts, areas)
    # What a union was made of is used, or not, together.
    placed = replace(placed, contour=origin[placed.contour])
    return (
        placed,
        held,
        replace(
            drawing,
            copies=len(repeated),
            strokes=count,
            crossed=crossed,
            bent=int(bent.sum()),
            bend_mm=float(bends[bent].max(initial=0.0)),
        ),
    )


def _span(heights: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """(contours,) how far each reaches along the normal of the slices, in mm."""
    starts = np.cumsum(counts) - counts
    return np.asarray(np.maximum.reduceat(heights, starts) - np.minimum.reduceat(heights, starts))


def _encloses(outlines: Outlines) -> NDArray[np.bool_]:
    """(contours,) whether a contour encloses more than a sliver."""
    encloses = outlines.areas >= np.maximum(SLIVER, THIN / 2 * outlines.perimeters)
    doubtful = np.flatnonzero(~encloses & (outlines.counts > 2))
    if len(doubtful):
        # The loops of what crosses itself may cancel by the shoelace formula.
        numbers = np.arange(len(doubtful))
        areas = exact_areas(outlines.pick(doubtful, numbers), len(doubtful))
        around = outlines.perimeters[doubtful]
        encloses[doubtful] = areas >= np.maximum(SLIVER, THIN / 2 * around)
    return encloses


def place_each(contours: Contours, grid: ImageGrid) -> PlacedContours:
    """Put each contour on the slice whose slab holds its middle, whatever the others are.

    For contours of several ROIs; those of one belong together, see :func:`place`.
    """
    counts = contours.counts[contours.counts > 0]
    column, row = in_plane(contours.points_mm, grid)
    outlines = Outlines(column, row, counts, np.zeros(len(counts), dtype=np.int64))
    heights = contours.points_mm @ grid.normal
    placed = _put_each(outlines, heights, grid) if len(counts) else _nothing()
    skipped = Counter(outside_stack=len(placed.outside))
    on = _shifted(placed.outlines, grid)
    _, rows, columns = grid.shape
    clipped = _clipped(on, rows, columns)
    return PlacedContours(on.column, on.row, on.counts, on.plane, +skipped, clipped)


def _put_each(outlines: Outlines, heights: NDArray[np.float64], grid: ImageGrid) -> OnSlices:
    low = np.minimum.reduceat(heights, outlines.starts)
    high = np.maximum.reduceat(heights, outlines.starts)
    slices = grid.slices_at((low + high) / 2)
    return put_whole(outlines.on(np.arange(len(slices))), slices, grid)


def _nothing() -> OnSlices:
    none, empty = np.empty(0, dtype=np.int64), np.empty(0)
    return OnSlices(Outlines(empty, empty, none, none), none, none, none)


def _join(one: Outlines, other: Outlines) -> Outlines:
    if len(other.counts) == 0:
        return one
    return Outlines(
        np.concatenate([one.column, other.column]),
        np.concatenate([one.row, other.row]),
        np.concatenate([one.counts, other.counts]),
        np.concatenate([one.plane, other.plane]),
    )


def in_plane(
    points: NDArray[np.float64], grid: ImageGrid
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return column and row of points, (points,) each, as if all were on the first slice."""
    axes = _axes(grid)
    placed = points @ axes
    placed -= grid.slice_origins[0] @ axes
    return np.ascontiguousarray(placed[:, 0]), np.ascontiguousarray(placed[:, 1])


def _shifted(placed: Outlines, grid: ImageGrid) -> Outlines:
    """Only a sheared or irregular stack has another in-plane origin on each slice."""
    if grid.is_affine:
        return placed
    shift = (grid.slice_origins - grid.slice_origins[0]) @ _axes(grid)
    shift = shift[np.repeat(placed.plane, placed.counts)]
    return replace(placed, column=placed.column - shift[:, 0], row=placed.row - shift[:, 1])


def _axes(grid: ImageGrid) -> NDArray[np.float64]:
    """(3, 2) unit vectors along rows and columns, in voxels."""
    return np.column_stack(
        [grid.row_direction / grid.spacing_mm[2], grid.column_direction / grid.spacing_mm[1]]
    )


def _clipped(placed: Outlines, rows: int, columns: int) -> int:
    edge = 0.5 + EDGE_TOLERANCE
    left, top, right, bottom = placed.boxes.T
    outside = (left < -edge) | (right > columns - 1 + edge)
    outside |= (top < -edge) | (bottom > rows - 1 + edge)
    return int(outside.sum())
