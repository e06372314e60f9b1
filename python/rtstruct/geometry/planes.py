"""The planes that contours were drawn on, found by the contours' own geometry.

Contours of one structure lie on parallel planes, those of the image or others: of another image,
tilted against this one by some degrees. The common normal is that of the area vectors of all
contours together (Newell), so that a single vertex off its plane changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid

# Contours further apart than this lie on other planes; nearer ones unless planes are finer.
PLANE_TOLERANCE = 0.2  # of the slice spacing
# Contours of one plane lie no further apart, where there is as much room to the next plane.
THICKEST = 2.5  # times that
# Planes that are this near are one, however fine the others: positions are decimal strings.
FINEST_PLANES = 1e-3  # of the slice spacing
# A contour that rises and falls by less, along the slices' normal, is flat.
FLAT = 0.01  # of the slice spacing
# Planes that rise by less across the whole structure are as good as parallel to the slices.
TILT_TOLERANCE = 0.1  # of the slice spacing
# A contour that is not within so much of one plane lies on none.
LARGEST_SPAN = 1.0  # of the slice spacing
# Of its vertices this share at either end may stray from the plane: one was moved in another view.
STRAY_SHARE = 0.1
# Planes that are tilted by more belong to another view: the slices cut them in lines, not areas.
MOST_TILT_DEGREES = 45.0


@dataclass(frozen=True, eq=False)
class Planes:
    """Which plane each contour lies on."""

    normal: NDArray[np.float64]
    """(3,) unit vector, on the side of the slices' own."""
    positions: NDArray[np.float64]
    """(planes,) mm along ``normal``, ascending."""
    plane: NDArray[np.int64]
    """(contours,) plane of each, -1 where it lies on none."""
    heights: NDArray[np.float64]
    """(planes,) mm along the slices' normal: the middle of what lies on the plane."""
    rise: NDArray[np.float64]
    """(planes,) mm along the slices' normal between the lowest and the highest of what lies on it,
    as far as the tilt of the plane explains it."""
    bends: NDArray[np.float64]
    """(contours,) mm between a contour's plane and its vertex that is furthest from it."""
    tilt_degrees: float
    """Between ``normal`` and that of the slices; 0 where it does not matter."""


def find_planes(
    points_mm: NDArray[np.float64], counts: NDArray[np.int64], grid: ImageGrid
) -> Planes:
    """Group contours, at least one, each of at least one point, by the planes they lie on.

    Parameters
    ----------
    points_mm
        (points, 3), one contour after the other.
    counts
        (contours,) number of points of each.
    """
    spacing = grid.spacing_mm[0]
    starts = np.cumsum(counts) - counts
    heights = points_mm @ grid.normal
    low = np.minimum.reduceat(heights, starts)
    high = np.maximum.reduceat(heights, starts)
    middle = (low + high) / 2
    if (high - low).max() <= FLAT * spacing:
        plane, positions = _group(middle, np.ones(len(counts), dtype=bool), spacing)
        none = np.zeros(len(positions))
        return Planes(grid.normal, positions, plane, positions, none, (high - low) / 2, 0.0)
    normal = _common_normal(points_mm, counts, starts, grid)
    centre = points_mm.mean(axis=0)
    # Across the whole structure; the sine times its width is how far tilted planes rise.
    across = points_mm - centre
    across -= np.outer(across @ grid.normal, grid.normal)
    slope = normal / float(normal @ grid.normal) - grid.normal
    rise = across @ slope
    if rise.max() - rise.min() <= TILT_TOLERANCE * spacing:
        normal = grid.normal
    offset, core, bends = _along(points_mm @ normal, counts)
    if normal is not grid.normal:
        flat_offset, flat_core, flat_bends = _along(heights, counts)
        # A tilt that does not explain why contours are not flat is none.
        if 2 * core.sum() > flat_core.sum():
            normal = grid.normal
            offset, core, bends = flat_offset, flat_core, flat_bends
    is_tilted = normal is not grid.normal
    plane, positions = _group(offset, core <= LARGEST_SPAN * spacing, spacing)
    count = len(positions)
    bottom, top = np.full(count, np.inf), np.full(count, -np.inf)
    on = plane >= 0
    np.minimum.at(bottom, plane[on], (low if is_tilted else offset)[on])
    np.maximum.at(top, plane[on], (high if is_tilted else offset)[on])
    degrees = float(np.degrees(np.arccos(np.clip(normal @ grid.normal, -1, 1))))
    return Planes(
        normal=normal,
        positions=positions,
        plane=plane,
        heights=(bottom + top) / 2,
        rise=top - bottom if is_tilted else np.zeros(count),
        bends=bends,
        tilt_degrees=degrees if is_tilted else 0.0,
    )


def _common_normal(
    points: NDArray[np.float64],
    counts: NDArray[np.int64],
    starts: NDArray[np.int64],
    grid: ImageGrid,
) -> NDArray[np.float64]:
    """(3,) of the planes of all contours that are not steep against the slices."""
    relative = points - np.repeat(points[starts], counts, axis=0)
    following = np.roll(relative, -1, axis=0)
    # The edge back to the first point, which is the origin, adds nothing.
    following[starts + counts - 1] = 0
    areas = np.add.reduceat(np.cross(relative, following), starts) / 2
    along = areas @ grid.normal
    least = np.cos(np.radians(MOST_TILT_DEGREES)) * np.linalg.norm(areas, axis=1)
    usable = (np.abs(along) >= least) & (along != 0)
    if not usable.any():
        return grid.normal
    total = (areas[usable] * np.sign(along[usable])[:, None]).sum(axis=0)
    return np.asarray(total / np.linalg.norm(total))


def _along(
    positions: NDArray[np.float64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(contours,) median position, extent without strays, and largest distance from the median."""
    contour = np.repeat(np.arange(len(counts)), counts)
    ordered = positions[np.lexsort((positions, contour))]
    starts = np.cumsum(counts) - counts
    stray = np.floor(STRAY_SHARE * counts).astype(np.int64)
    median = (ordered[starts + (counts - 1) // 2] + ordered[starts + counts // 2]) / 2
    last = starts + counts - 1
    core = ordered[last - stray] - ordered[starts + stray]
    bends = np.maximum(ordered[last] - median, median - ordered[starts])
    return median, core, bends


def _group(
    offsets: NDArray[np.float64], usable: NDArray[np.bool_], spacing: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(contours,) plane of each, and (planes,) where each lies."""
    plane = np.full(len(offsets), -1, dtype=np.int64)
    which = np.flatnonzero(usable)
    if not len(which):
        return plane, np.empty(0)
    which = which[np.argsort(offsets[which], kind="stable")]
    ordered = offsets[which]
    gaps = np.diff(ordered)
    tolerance = PLANE_TOLERANCE * spacing
    while True:
        number = np.concatenate([[0], np.cumsum(gaps > tolerance)])[: len(which)]
        first = np.searchsorted(number, np.arange(number[-1] + 1))
        ends = np.append(first[1:], len(which))
        # Planes finer than the tolerance would form a chain: no plane is thicker than it, or, where
        # contours were rounded, than the room between it and the next.
        thick = ordered[ends - 1] - ordered[first]
        if thick.max() <= tolerance:
            break
        room = ordered[first[1:]] - ordered[ends[:-1] - 1]
        between = np.minimum(np.append(room, np.inf), np.insert(room, 0, np.inf))
        is_rounded = (thick <= THICKEST * tolerance) & (thick <= between) & np.isfinite(between)
        if (is_rounded | (thick <= tolerance)).all() or tolerance <= FINEST_PLANES * spacing:
            break
        tolerance /= 2
    plane[which] = number
    return plane, (ordered[first] + ordered[ends - 1]) / 2
