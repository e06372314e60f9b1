"""Solids drawn on every n-th slice: what is told, and what filling the slices between gives."""

from __future__ import annotations

import numpy as np
import pytest

from rtstruct.conversion.masks.interpolation import fill_between
from rtstruct.conversion.masks.notes import notes_on_drawing
from rtstruct.geometry.contours import Contours, PlacedContours, place
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.geometry.scanline import rasterise
from support.slow_rule import circle

SPACING = 1.5
GRID = grid_from_slices(
    [[0.0, 0, SPACING * k] for k in range(60)],
    [1, 0, 0],
    [0, 1, 0],
    rows=64,
    columns=64,
    row_spacing_mm=1.0,
    column_spacing_mm=1.0,
)
MIDDLE = 43.5
"""Height of slice 29."""


def drawn(radii: dict[float, float]) -> PlacedContours:
    """Circles by their heights above the middle."""
    points = [
        np.column_stack([circle(31.3, 31.2, radius, 90), np.full(90, MIDDLE + z)])
        for z, radius in radii.items()
    ]
    return place(Contours(np.concatenate(points), np.array([90] * len(points))), GRID)


@pytest.mark.parametrize("radius", [9, 12, 18, 25])
@pytest.mark.parametrize("n", [2, 3, 4, 5])
@pytest.mark.parametrize("offset", [0, 1])
def test_a_ball_on_every_nth_slice(radius: float, n: int, offset: int) -> None:
    heights = (np.arange(-20, 20) * n + offset) * SPACING
    placed = drawn({z: np.sqrt(radius**2 - z**2) for z in heights if abs(z) < radius})
    planes = placed.used
    notes = {note.partition(":")[0] for note in notes_on_drawing(placed.drawing, "union", 0)}
    assert notes == {"empty_slices", "volume_lost"}
    assert placed.drawing.empty_slices == (planes - 1) * (n - 1)
    assert placed.drawing.spacing == pytest.approx(n)
    ball = 4 / 3 * np.pi * radius**3 / 1000
    few = planes < 4
    assert placed.drawing.volume_mL == pytest.approx(ball, rel=0.065 if few else 0.03)
    mask = rasterise(placed, GRID.shape)
    filled = fill_between(mask, placed.empty, GRID, placed.drawing.spacing)
    assert filled.volume(GRID) == pytest.approx(ball, rel=0.075 if few else 0.05)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_a_rod_on_every_nth_slice_has_the_slices_of_its_planes(n: int) -> None:
    placed = drawn({n * SPACING * k: 12 for k in range(-3, 4)})
    mask = rasterise(placed, GRID.shape)
    filled = fill_between(mask, placed.empty, GRID, placed.drawing.spacing).to_array()
    held = np.flatnonzero(filled.any(axis=(1, 2)))
    # Half way to the next plane, had there been one: exactly half way is the upper side.
    first, last = 29 - 3 * n - (n - 1) // 2, 29 + 3 * n + n // 2
    assert held.tolist() == list(range(first, last + 1))
    assert len(held) == 7 * n
    assert all(np.array_equal(filled[k], filled[29]) for k in held)


def test_ends_do_not_reach_out_of_the_image_nor_across_usual_distances() -> None:
    low = {SPACING * (4 * k - 29): 12.0 for k in range(4)}
    placed = drawn(low)
    mask = rasterise(placed, GRID.shape)
    filled = fill_between(mask, placed.empty, GRID, placed.drawing.spacing).to_array()
    assert np.flatnonzero(filled.any(axis=(1, 2))).tolist() == list(range(15))
    # On nearly every slice but the last: what lies beyond it was not drawn.
    placed = drawn({**{SPACING * k: 12.0 for k in range(9)}, SPACING * 12: 12.0})
    mask = rasterise(placed, GRID.shape)
    filled = fill_between(mask, placed.empty, GRID, placed.drawing.spacing).to_array()
    assert np.flatnonzero(filled.any(axis=(1, 2))).tolist() == list(range(29, 42))
