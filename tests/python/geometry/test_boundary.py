"""Contours traced from a mask give the mask back."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtstruct.geometry.boundary import add_boundary, lattice_share
from rtstruct.geometry.contours import PlacedContours
from rtstruct.geometry.scanline import rasterise
from support.slow_rule import circle

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
    return without_holes(mask)


def reached(
    start: tuple[int, int], free: np.ndarray, neighbours: list[tuple[int, int]]
) -> np.ndarray:
    """All that can be reached from a pixel, from neighbour to neighbour."""
    found, waiting = np.zeros(free.shape, dtype=bool), [start]
    while waiting:
        j, i = waiting.pop()
        inside = 0 <= j < free.shape[0] and 0 <= i < free.shape[1]
        if inside and free[j, i] and not found[j, i]:
            found[j, i] = True
            waiting += [(j + dj, i + di) for dj, di in neighbours]
    return found


def without_holes(mask: np.ndarray) -> np.ndarray:
    """A hole cannot be reached from outside by its sides."""
    outside = reached((0, 0), ~np.pad(mask, 1), NEIGHBOURS[::2])
    return ~outside[1:-1, 1:-1]


def outlines(mask: np.ndarray) -> list[np.ndarray]:
    """The outer borders of all components, corners joined."""
    left, found = mask.copy(), []
    while left.any():
        j, i = np.argwhere(left)[0]
        component = reached((int(j), int(i)), left, NEIGHBOURS)
        found.append(trace(component, (int(j), int(i))))
        left &= ~component
    return found


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


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.1, 0.3, 0.5, 0.7]))
def test_any_mask_comes_back_however_thin_and_scattered(seed: int, share: float) -> None:
    mask = without_holes(np.random.default_rng(seed).random((9, 11)) < share)
    if not mask.any():
        return
    contours = placed(*outlines(mask))
    whole = add_boundary(rasterise(contours, (3, 9, 11)), contours)
    assert np.array_equal(whole.to_array()[1], mask)


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
