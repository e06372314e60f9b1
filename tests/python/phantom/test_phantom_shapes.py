"""Phantom solids have the volumes that they claim: checked by formula and by counting."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rtstruct.phantom import shapes

if TYPE_CHECKING:
    from rtstruct.phantom.shapes import Solid

FINE_MM = 0.01

SOLIDS: dict[str, tuple[Solid, float]] = {
    "sphere": (shapes.sphere((0, 0, 0), 10), 4 / 3 * pi * 1000),
    "ellipsoid": (shapes.ellipsoid((3, -2, 1), (8, 5, 4)), 4 / 3 * pi * 160),
    "cylinder": (shapes.cylinder((0, 0, 0), 5, 12), pi * 25 * 12),
    "box": (shapes.box((1, 2, 3), (4, 6, 8)), 192),
    "torus": (shapes.torus((0, 0, 0), 10, 3), 2 * pi**2 * 90),
    "lens": (shapes.lens((0, 0, 0), 20, 4), 2 * pi * 4 * (60 - 2) / 3),
    "hollow sphere": (
        shapes.minus(shapes.sphere((0, 0, 0), 10), shapes.sphere((0, 0, 0), 6)),
        4 / 3 * pi * (1000 - 216),
    ),
    "keyhole tube": (
        shapes.keyhole(shapes.cylinder((0, 0, 0), 9, 10), shapes.cylinder((0, 0, 0), 4, 10)),
        pi * (81 - 16) * 10,
    ),
    "nested three deep": (
        shapes.minus(
            shapes.cylinder((0, 0, 0), 9, 10),
            shapes.minus(shapes.cylinder((0, 0, 0), 6, 10), shapes.cylinder((0, 0, 0), 3, 10)),
        ),
        pi * (81 - 36 + 9) * 10,
    ),
    "components": (
        shapes.components(shapes.sphere((-20, 0, 0), 5), shapes.sphere((20, 0, 0), 4)),
        4 / 3 * pi * (125 + 64),
    ),
}


@pytest.mark.parametrize("name", SOLIDS)
def test_a_solid_has_its_volume_and_so_has_the_stack_of_its_thin_slabs(name: str) -> None:
    solid, volume_mm3 = SOLIDS[name]
    planes = np.arange(-15 + FINE_MM / 2, 15, FINE_MM)
    assert solid.volume_mL == pytest.approx(volume_mm3 / 1000, rel=1e-12)
    assert solid.drawn_volume(planes, FINE_MM) == pytest.approx(volume_mm3 / 1000, rel=1e-4)


@pytest.mark.parametrize("name", SOLIDS)
def test_the_area_of_a_plane_is_the_share_of_points_that_lie_inside_it(name: str) -> None:
    solid, _ = SOLIDS[name]
    u, v = np.meshgrid(np.arange(-26, 26, 0.1) + 0.037, np.arange(-26, 26, 0.1) + 0.041)
    for w in (-1.2, 0.3, 2.9):
        inside = np.zeros(u.shape, bool)
        for polygon in solid.section(w):
            for (ua, va), (ub, vb) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
                if va != vb:
                    crosses = (va <= v) != (vb <= v)
                    inside ^= crosses & (u < ua + (v - va) / (vb - va) * (ub - ua))
        assert inside.sum() * 0.01 == pytest.approx(solid.area_mm2(w), rel=0.01, abs=0.5)


def test_a_drawn_circle_has_the_area_of_the_circle() -> None:
    (polygon,) = shapes.sphere((4, 5, 0), 10, vertices=12).section(0.0)
    assert len(polygon) == 12
    assert shapes.signed_area_mm2(polygon) == pytest.approx(pi * 100, rel=1e-12)


def test_half_open_ends_make_stacked_boxes_share_no_plane() -> None:
    lower, upper = shapes.box((0, 0, -1), (4, 4, 2)), shapes.box((0, 0, 1), (4, 4, 2))
    for w in np.arange(-2, 2.5, 0.5):
        assert len(lower.section(w)) + len(upper.section(w)) == (1 if w < 2 else 0)
