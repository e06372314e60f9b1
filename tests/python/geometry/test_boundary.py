"""Contours traced from a mask give the mask back."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from rtstruct.geometry.boundary import add_boundary, lattice_share
from rtstruct.geometry.contours import PlacedContours
from rtstruct.geometry.scanline import rasterise
from slow_rule import circle

# Clockwise, beginning left: the neighbours of a pixel.
NEIGHBOURS = [(0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1)]


def trace(mask: np.ndarray, start: tuple[int, int]) -> np.ndarray:
    """The outer border of the component of ``start``, its first pixel in reading order.

    Moore's neighbour tracing, as every textbook has it, with Jacob's criterion; (n, 2) of column,
    row of object pixels.
    """
    padded = np.pad(mask, 1)
    current, came_from = (start[0] + 1, start[1] + 1), 0
    border, states = [], set()
    while (current, came_from) not in states:
        states.add((current, came_from))
        border.append((current[1] - 1, current[0] - 1))
        for step in range(1, 9):
            way = (came_from + step) % 8
            there = (current[0] + NEIGHBOURS[way][0], current[1] + NEIGHBOURS[way][1])
            if padded[there]:
                back = (way + 5) % 8 if way % 2 else (way + 6) % 8
                current, came_from = there, back
                break
        else:
            return np.array(border, float)
    return np.array(border, float)


def placed(*polygons: np.ndarray) -> PlacedContours:
    points = np.concatenate(polygons)
    counts = np.array([len(polygon) for polygon in polygons])
    return PlacedContours(
        points[:, 0], points[:, 1], counts, np.ones(len(counts), dtype=np.int64), Counter(), 0
    )


def blob(seed: int) -> np.ndarray:
    """A ragged object in one piece (a grown cluster), with thin parts."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((24, 28), dtype=bool)
    mask[12, 14] = True
    for _ in range(150):
        j, i = rng.choice(np.argwhere(mask))
        dj, di = NEIGHBOURS[2 * rng.integers(4)]
        if 0 <= j + dj < 24 and 0 <= i + di < 28:
            mask[j + dj, i + di] = True
    filled = mask.copy()
    # A hole cannot be reached from outside.
    outside = np.zeros((26, 30), dtype=bool)
    outside[0, 0] = True
    free = ~np.pad(mask, 1)
    while True:
        grown = outside.copy()
        grown[1:] |= outside[:-1]
        grown[:-1] |= outside[1:]
        grown[:, 1:] |= outside[:, :-1]
        grown[:, :-1] |= outside[:, 1:]
        grown &= free
        if (grown == outside).all():
            break
        outside = grown
    filled[~outside[1:-1, 1:-1]] = True
    return filled


@pytest.mark.parametrize("seed", range(25))
def test_a_traced_mask_comes_back_voxel_for_voxel(seed: int) -> None:
    mask = blob(seed)
    start = tuple(np.argwhere(mask)[0])
    contours = placed(trace(mask, start))
    assert lattice_share(contours) == 1.0
    shape = (3, *mask.shape)
    plain = rasterise(contours, shape)
    assert plain.voxel_count < 0.9 * mask.sum()
    whole = add_boundary(plain, contours)
    assert np.array_equal(whole.to_array()[1], mask)
    assert whole.voxel_count == mask.sum()
    assert whole.to_array().sum() == mask.sum()


def test_single_voxels_and_lines_come_back() -> None:
    contours = placed(np.array([[3.0, 4.0]]), np.array([[6.0, 6.0], [10.0, 6.0]]))
    expected = np.zeros((3, 10, 12))
    expected[1, 4, 3] = 1
    expected[1, 6, 6:11] = 1
    mask = add_boundary(rasterise(contours, expected.shape), contours)
    assert np.array_equal(mask.to_array(), expected)


def test_the_border_of_a_traced_hole_belongs_to_the_object() -> None:
    # Tracing software walks round a hole on the pixels of the object.
    expected = np.zeros((3, 10, 12))
    expected[1, 1:9, 1:10] = 1
    expected[1, 4:6, 4:7] = 0
    outer = np.array([[1, 1], [9, 1], [9, 8], [1, 8]], float)
    hole = np.array([[3, 3], [7, 3], [7, 6], [3, 6]], float)
    contours = placed(outer, hole)
    mask = add_boundary(rasterise(contours, expected.shape), contours)
    assert np.array_equal(mask.to_array(), expected)


def test_drawn_contours_are_not_taken_for_traced_ones() -> None:
    assert lattice_share(placed(circle(10, 9, 6, 200))) < 0.05
    assert lattice_share(placed(np.empty((0, 2)))) == 0.0


def test_voxels_outside_the_image_are_left_out() -> None:
    contours = placed(np.array([[-3, 2], [20, 2], [20, 4], [-3, 4]], float))
    mask = add_boundary(rasterise(contours, (3, 10, 12)), contours)
    expected = np.zeros((3, 10, 12))
    expected[1, 2:5] = 1
    assert np.array_equal(mask.to_array(), expected)
