"""Solids with known volumes, cut into polygons plane by plane.

A solid lives in the local coordinates of a grid (u, v, w in mm, see ``grid``). Outer contours run
counter-clockwise and holes clockwise, so that the sum of signed areas of a plane is the even-odd
area. Curves are drawn as polygons of exactly the same area as the curve: the only difference
between the drawn stack of slabs and the solid is the one that slices make.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

Triple = tuple[float, float, float]

VERTICES = 180
"""Vertices of a drawn circle."""


@dataclass(frozen=True)
class Solid:
    """A body that can be cut at any w."""

    section: Callable[[float], tuple[NDArray[np.float64], ...]]
    """Polygons of shape (n, 2), (u, v) in mm, of the plane at w; none outside the solid."""
    volume_mL: float
    """Volume of the solid itself, by its formula."""

    def drawn_volume(self, planes_mm: Iterable[float], slab_mm: float) -> float:
        """mL of the stack of slabs that is drawn: the area on each plane times `slab_mm`."""
        return slab_mm / 1000 * sum(self.area_mm2(w) for w in planes_mm)

    def area_mm2(self, w: float) -> float:
        """Even-odd area of the plane at `w`."""
        return sum(signed_area_mm2(polygon) for polygon in self.section(w))


def signed_area_mm2(polygon: NDArray[np.float64]) -> float:
    """Shoelace area of a polygon of shape (n, 2): positive if counter-clockwise."""
    u, v = (polygon - polygon[0]).T
    return float(np.sum(u * np.roll(v, -1) - np.roll(u, -1) * v) / 2)


def ellipsoid(centre: Triple, semi_axes: Triple, vertices: int = VERTICES) -> Solid:
    """An ellipsoid along the axes of the grid."""
    (cu, cv, cw), (a, b, c) = centre, semi_axes

    def section(w: float) -> tuple[NDArray[np.float64], ...]:
        scale = 1 - ((w - cw) / c) ** 2
        if scale <= 0:
            return ()
        return (_ellipse(cu, cv, a * sqrt(scale), b * sqrt(scale), vertices),)

    return Solid(section, 4 / 3 * pi * a * b * c / 1000)


def sphere(centre: Triple, radius: float, vertices: int = VERTICES) -> Solid:
    """A ball; centre and radius in mm."""
    return ellipsoid(centre, (radius, radius, radius), vertices)


def tube(centre: Triple, semi_axes: tuple[float, float], length: float) -> Solid:
    """An elliptic cylinder along w; its lower end belongs to it, its upper end does not."""
    (cu, cv, cw), (a, b) = centre, semi_axes

    def section(w: float) -> tuple[NDArray[np.float64], ...]:
        if not cw - length / 2 <= w < cw + length / 2:
            return ()
        return (_ellipse(cu, cv, a, b, VERTICES),)

    return Solid(section, pi * a * b * length / 1000)


def cylinder(centre: Triple, radius: float, length: float) -> Solid:
    """A cylinder along w, half-open like a tube."""
    return tube(centre, (radius, radius), length)


def box(centre: Triple, size: Triple) -> Solid:
    """A cuboid along the axes of the grid; half-open along w like a tube."""
    (cu, cv, cw), (a, b, c) = centre, size
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (a / 2, b / 2) + (cu, cv)

    def section(w: float) -> tuple[NDArray[np.float64], ...]:
        return (corners,) if cw - c / 2 <= w < cw + c / 2 else ()

    return Solid(section, a * b * c / 1000)


def torus(centre: Triple, ring_radius: float, tube_radius: float) -> Solid:
    """A torus about w: each plane is an annulus, drawn as two contours."""
    cu, cv, cw = centre

    def section(w: float) -> tuple[NDArray[np.float64], ...]:
        square = tube_radius**2 - (w - cw) ** 2
        if square <= 0:
            return ()
        outer, inner = ring_radius + sqrt(square), ring_radius - sqrt(square)
        return (
            _ellipse(cu, cv, outer, outer, VERTICES),
            _ellipse(cu, cv, inner, inner, VERTICES)[::-1],
        )

    return Solid(section, 2 * pi**2 * ring_radius * tube_radius**2 / 1000)


def lens(centre: Triple, radius: float, thickness: float) -> Solid:
    """A thin lens, flat along w: what two spheres of `radius` share, `thickness` at its middle."""
    cu, cv, cw = centre
    cap = thickness / 2

    def section(w: float) -> tuple[NDArray[np.float64], ...]:
        square = radius**2 - (radius - cap + abs(w - cw)) ** 2
        if square <= 0:
            return ()
        return (_ellipse(cu, cv, sqrt(square), sqrt(square), VERTICES),)

    return Solid(section, 2 * pi * cap**2 * (3 * radius - cap) / 3 / 1000)


def minus(outer: Solid, inner: Solid) -> Solid:
    """`outer` with a hole, drawn as separate contours; `inner` lies wholly inside `outer`.

    ``minus(a, minus(b, c))`` is three deep: an island in a lake on an island.
    """
    return Solid(
        lambda w: outer.section(w) + tuple(polygon[::-1] for polygon in inner.section(w)),
        outer.volume_mL - inner.volume_mL,
    )


def keyhole(outer: Solid, inner: Solid) -> Solid:
    """`outer` with a hole, drawn as one contour that goes in and out through a channel of no width.

    Both must be convex about the same axis, with one polygon a plane.
    """

    def section(w: float) -> tuple[NDArray[np.float64], ...]:
        polygons = outer.section(w) + inner.section(w)
        if len(polygons) < 2:
            return polygons
        around, hole = polygons
        return (np.vstack([around, around[:1], hole[:1], hole[:0:-1], hole[:1]]),)

    return Solid(section, outer.volume_mL - inner.volume_mL)


def components(*solids: Solid) -> Solid:
    """Several bodies that do not touch, as one structure."""
    return Solid(
        lambda w: tuple(polygon for solid in solids for polygon in solid.section(w)),
        sum(solid.volume_mL for solid in solids),
    )


def leaning(solid: Solid, slope: float) -> Solid:
    """`solid` shifted along v by `slope` x w: each area stays, hence the volume (Cavalieri)."""
    return Solid(
        lambda w: tuple(polygon + np.array([0, slope * w]) for polygon in solid.section(w)),
        solid.volume_mL,
    )


def _ellipse(cu: float, cv: float, a: float, b: float, vertices: int) -> NDArray[np.float64]:
    """A polygon with the area of the ellipse, hence a little outside it at its vertices."""
    angle = 2 * pi / vertices
    grow = sqrt(angle / sin(angle))
    turn = np.arange(vertices) * angle
    return np.column_stack([cu + a * grow * np.cos(turn), cv + b * grow * np.sin(turn)])
