"""Contours that run around more than once, or overlap themselves otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from rtstruct.conversion.masks.notes import notes_on_drawing
from rtstruct.geometry.contours import Contours, place
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.geometry.planimetry import slices_that_differ
from rtstruct.geometry.scanline import rasterise
from support.slow_rule import circle, even_odd, keyhole

SLICES, ROWS, COLUMNS = 9, 40, 44
GRID = grid_from_slices(
    [[0.0, 0, 3.0 * k] for k in range(SLICES)],
    [1, 0, 0],
    [0, 1, 0],
    rows=ROWS,
    columns=COLUMNS,
    row_spacing_mm=1.0,
    column_spacing_mm=1.0,
)
DISC = circle(21.3, 19.2, 12, 72)
HOLE = circle(21.3, 19.2, 6, 72)
NEAR = DISC + np.random.default_rng(1).uniform(-0.05, 0.05, DISC.shape)
DRAWN = [2, 3, 4, 5]


def converted(polygon: np.ndarray) -> tuple[np.ndarray, set[str], float]:
    """The mask of a polygon on some slices, its notes and the contours' volume."""
    points = [np.column_stack([polygon, np.full(len(polygon), 3.0 * k)]) for k in DRAWN]
    contours = Contours(np.concatenate(points), np.array([len(each) for each in points]))
    placed = place(contours, GRID)
    mask = rasterise(placed, GRID.shape)
    if differing := slices_that_differ(mask, placed):
        placed = place(contours, GRID, exact=True)
        mask = rasterise(placed, GRID.shape)
        differing = slices_that_differ(mask, placed)
    notes = {
        note.partition(":")[0] for note in notes_on_drawing(placed.drawing, "union", differing)
    }
    assert placed.used == len(DRAWN)
    return mask.to_array() > 0, notes, placed.drawing.volume_mL


def expected(polygons: list[np.ndarray]) -> np.ndarray:
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[DRAWN] = even_odd(polygons, ROWS, COLUMNS)
    return mask


@pytest.mark.parametrize(
    "polygon",
    [
        np.concatenate([DISC, DISC]),
        np.concatenate([DISC, DISC[:1], DISC]),
        np.concatenate([DISC, DISC[:1], DISC, DISC[:1]]),
        np.concatenate([DISC, NEAR]),
        np.concatenate([DISC, DISC[:1], DISC[::2]]),
    ],
    ids=["twice", "closed, then again", "closed twice", "nearly the same", "fewer points"],
)
def test_a_contour_that_runs_around_twice_counts_once(polygon: np.ndarray) -> None:
    mask, notes, volume = converted(polygon)
    assert np.array_equal(mask, expected([DISC]))
    assert notes == {"copies"}
    area = 0.5 * 72 * np.sin(2 * np.pi / 72) * 12**2
    assert volume == pytest.approx(len(DRAWN) * 3 * area / 1000, rel=1e-3)


def test_a_keyhole_with_the_winding_of_its_outline_is_a_hole_and_says_so() -> None:
    same_winding = np.concatenate([DISC, DISC[:1], HOLE, HOLE[:1]])
    mask, notes, _ = converted(same_winding)
    assert np.array_equal(mask, expected([DISC, HOLE]))
    assert notes == {"overlapping"}


@pytest.mark.parametrize(
    "polygon",
    [
        DISC,
        keyhole(DISC, HOLE),
        np.concatenate([circle(12, 19, 6), circle(30, 19, 6)[::-1]]),
    ],
    ids=["disc", "keyhole", "two discs, joined"],
)
def test_what_does_not_overlap_itself_says_nothing(polygon: np.ndarray) -> None:
    mask, notes, _ = converted(polygon)
    assert np.array_equal(mask, expected([polygon]))
    assert not notes


def test_a_line_that_rounding_opened_is_no_plane() -> None:
    # Found by a search: a line of three points, rounded to hundredths, took slices from a rod.
    line = np.array([[5.0, 5.0, 7.3], [8.01, 6.02, 7.3], [11.02, 7.01, 7.3]])
    points = [np.column_stack([DISC, np.full(len(DISC), 3.0 * k)]) for k in DRAWN]
    alone = place(Contours(np.concatenate(points), np.array([72] * 4)), GRID)
    both = place(Contours(np.concatenate([line, *points]), np.array([3, *[72] * 4])), GRID)
    assert both.drawing.slivers == 1
    assert both.drawing.volume_mL == alone.drawing.volume_mL
    one, other = rasterise(alone, GRID.shape), rasterise(both, GRID.shape)
    assert np.array_equal(one.to_array(), other.to_array())
