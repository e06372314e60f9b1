"""Which way planes of contours come to slices, and what that changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.drawing import Drawing
from rtstruct.geometry.grid import BORDER_TOLERANCE
from rtstruct.geometry.outlines import even_odd_areas
from rtstruct.geometry.parts import GAP, own_slabs
from rtstruct.geometry.planes import TILT_TOLERANCE
from rtstruct.geometry.slices import (
    one_slice_each,
    put_nearest,
    put_tilted,
    put_whole,
    slice_coordinates,
    slice_heights,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.outlines import Outlines
    from rtstruct.geometry.parts import Parts, Slabs
    from rtstruct.geometry.planes import Planes
    from rtstruct.geometry.slices import OnSlices

# Planes that rise by more between the ends of a structure are cut by the slices, not moved to one.
MOST_RISE = 0.5  # of the slice spacing


def assign(
    drawn: Outlines,
    parts: Parts,
    areas: NDArray[np.float64],
    planes: Planes,
    grid: ImageGrid,
    *,
    of_other_image: bool = False,
) -> tuple[OnSlices, NDArray[np.float64], Drawing]:
    """Put the contours of planes on slices.

    Parameters
    ----------
    areas
        (parts,) in pixels.
    of_other_image
        Whether the planes are the slices of another image, as after a registration.

    Returns
    -------
    placed
        The contours on slices.
    held
        (slices,) exact area on each, in pixels.
    drawing
        How they were drawn, and what became of that.
    """
    spacing, between_rows, between_columns = grid.spacing_mm
    pixel = between_rows * between_columns / 1000
    thickness = np.diff(grid.slab_borders)
    coordinates = slice_coordinates(grid, planes.heights)
    slabs = own_slabs(parts, coordinates, 1.0)
    rise = planes.rise.max() / spacing
    chosen = one_slice_each(coordinates, grid.shape[0]) if rise <= MOST_RISE else None
    # Planes that were drawn on every n-th slice of this image are those of its slices.
    is_foreign = of_other_image or rise > TILT_TOLERANCE
    if chosen is not None and is_foreign and slabs.spacing >= GAP:
        chosen = None
    if chosen is not None:
        placed = put_whole(drawn, chosen, grid)
        on = chosen[parts.plane]
        inside = (on >= 0) & (on < grid.shape[0])
        held = np.bincount(on[inside], areas[inside], grid.shape[0]).astype(np.float64)
        moved = np.abs(coordinates - chosen)
        moved_volume = 0.0
        if moved.max() > BORDER_TOLERANCE:
            moved_volume = float(_slopes(areas, parts, coordinates) @ moved)
            moved_volume += float(areas * _ends(parts) @ moved[parts.plane])
        empty = _empty_slices(placed, parts, slabs, chosen.astype(np.float64), grid)
        # What the planes at the ends stand for, beyond their own slices.
        sparse = max(slabs.spacing - 1, 0.0) if len(empty) else 0.0
        return (
            replace(placed, empty=empty),
            held,
            Drawing(
                volume_mL=_drawn_volume(areas, parts, slabs, coordinates, grid),
                slab_volume_mL=float(held @ thickness) * pixel,
                moved_volume_mL=moved_volume * pixel * spacing,
                spacing=slabs.spacing,
                shift=float(np.abs(coordinates[parts.plane] - on)[inside].max(initial=0.0)),
                end_volume_mL=float(areas @ _ends(parts)) * pixel * spacing * sparse / 2,
                empty_slices=len(empty),
            ),
        )
    if planes.tilt_degrees == 0:
        placed = put_nearest(drawn, parts, slabs, coordinates, grid)
        volume = _drawn_volume(areas, parts, slabs, coordinates, grid)
        plane, slices = np.unique(
            np.stack([drawn.plane[placed.contour], placed.outlines.plane]), axis=1
        )
        moved = np.bincount(plane, np.abs(coordinates[plane] - slices), len(coordinates))
        moved_volume = float(_slopes(areas, parts, coordinates) @ moved) * pixel * spacing
    else:
        slabs = own_slabs(parts, planes.positions, spacing)
        placed = put_tilted(drawn, parts, slabs, planes, grid)
        steep = float(planes.normal @ grid.normal)
        volume = float(areas @ (slabs.drawn_up + slabs.drawn_down)) * pixel / steep
        slabs = replace(slabs, spacing=slabs.spacing / spacing)
        # The slices cut each slab at all heights: on average a quarter of it from its plane.
        levels = planes.positions / spacing
        slope = _slopes(areas, parts, levels)
        moved_volume = float(slope @ (np.gradient(levels) ** 2 / 4 if len(levels) > 1 else slope))
        moved_volume *= pixel * spacing / steep
    held = even_odd_areas(placed.outlines, grid.shape[0])
    empty = _empty_slices(placed, parts, slabs, coordinates, grid)
    return (
        replace(placed, empty=empty),
        held,
        Drawing(
            volume_mL=volume,
            slab_volume_mL=float(held @ thickness) * pixel,
            moved_volume_mL=moved_volume,
            end_volume_mL=float(areas @ _ends(parts)) * pixel * spacing / 2,
            tilt_degrees=planes.tilt_degrees,
            spacing=slabs.spacing,
            is_cut=True,
            empty_slices=len(empty),
        ),
    )


def _drawn_volume(
    areas: NDArray[np.float64],
    parts: Parts,
    slabs: Slabs,
    coordinates: NDArray[np.float64],
    grid: ImageGrid,
) -> float:
    """In mL, each part as thick as it is far to the planes beside it."""
    here = coordinates[parts.plane]
    top = slice_heights(grid, here + slabs.drawn_up)
    bottom = slice_heights(grid, here - slabs.drawn_down)
    return float(areas @ (top - bottom)) * grid.spacing_mm[1] * grid.spacing_mm[2] / 1000


def _ends(parts: Parts) -> NDArray[np.int64]:
    """(parts,) how many of the two sides of each have nothing beside them."""
    return (parts.above < 0).astype(np.int64) + (parts.below < 0)


def _slopes(
    areas: NDArray[np.float64], parts: Parts, coordinates: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(planes,) how much the area changes from plane to plane, in pixels a slice."""
    by_plane = np.bincount(parts.plane, areas, len(coordinates))
    steps = np.abs(np.diff(by_plane) / np.diff(coordinates))
    # Beyond the first and the last plane nothing is known of the structure.
    around = np.concatenate([steps[:1], steps, steps[-1:]])
    return (around[1:] + around[:-1]) / 2 if len(steps) else np.zeros(len(coordinates))


def _empty_slices(
    placed: OnSlices,
    parts: Parts,
    slabs: Slabs,
    coordinates: NDArray[np.float64],
    grid: ImageGrid,
) -> NDArray[np.int64]:
    """Slices that lie between planes of one structure and hold no contour."""
    count = grid.shape[0]
    held = np.zeros(count, dtype=bool)
    held[placed.outlines.plane] = True
    if held.all() or (np.diff(np.flatnonzero(held)) == 1).all():
        # All slices from the first to the last that hold any; what is beyond lies between none.
        return np.empty(0, dtype=np.int64)
    linked = parts.above >= 0
    linked[linked] = slabs.goes_on[linked] | (slabs.above[linked] <= GAP * slabs.usual)
    first = np.floor(coordinates[parts.plane[linked]]).astype(np.int64) + 1
    end = np.ceil(coordinates[parts.above[linked]]).astype(np.int64)
    wide = end > first
    steps = np.zeros(count + 1, dtype=np.int64)
    np.add.at(steps, np.clip(first[wide], 0, count), 1)
    np.add.at(steps, np.clip(end[wide], 0, count), -1)
    return np.flatnonzero((np.cumsum(steps)[:-1] > 0) & ~held)
