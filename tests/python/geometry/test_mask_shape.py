"""Facts of masks against formulas and against voxels that are looked at one by one."""

from __future__ import annotations

import warnings
from itertools import product
from math import pi, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtstruct.geometry.components import component_sizes, hole_sizes
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.geometry.measure_shape import shape_of
from rtstruct.geometry.spans import Spans, from_array
from rtstruct.geometry.surface import surface_area, surface_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its use of older SciPy names
    from surface_distance import lookup_tables

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Voxel = tuple[int, ...]


def grid_of(mask: Mask, spacing: tuple[float, float, float]) -> Any:
    tilt = np.array([[0.8, 0.6, 0], [0, 0, -1]])  # no axis of the grid is one of the patient
    return grid_from_slices(
        [np.cross(*tilt) * k * spacing[0] for k in range(mask.shape[0])],
        *tilt,
        rows=mask.shape[1],
        columns=mask.shape[2],
        row_spacing_mm=spacing[1],
        column_spacing_mm=spacing[2],
        slice_thickness_mm=spacing[0],
    )


def flooded(mask: Mask, reach: int) -> list[set[Voxel]]:
    """Parts of a mask, by walking from voxel to voxel over at most ``reach`` axes at once."""
    steps = [s for s in product((-1, 0, 1), repeat=3) if 0 < np.abs(s).sum() <= reach]
    left = {tuple(voxel) for voxel in np.argwhere(mask).tolist()}
    parts = []
    while left:
        part, front = set(), [left.pop()]
        while front:
            here = front.pop()
            part.add(here)
            near = {tuple(np.add(here, step).tolist()) for step in steps} & left
            left -= near
            front.extend(near)
        parts.append(part)
    return parts


random_masks = {
    "shape": st.tuples(*[st.integers(1, 7)] * 3),
    "share": st.sampled_from([0.05, 0.2, 0.4, 0.7, 0.95]),
    "seed": st.integers(0, 99999),
}


@given(**random_masks)
@settings(deadline=None)
def test_parts_and_holes_are_those_of_a_walk(
    shape: tuple[int, int, int], share: float, seed: int
) -> None:
    mask = np.random.default_rng(seed).random(shape) < share
    spans = from_array(mask)
    parts = sorted((len(part) for part in flooded(mask, 3)), reverse=True)
    assert component_sizes(spans).tolist() == parts
    background = flooded(~np.pad(mask, 1), 1)
    holes = [len(part) for part in background if (0, 0, 0) not in part]
    assert hole_sizes(spans).tolist() == sorted(holes, reverse=True)


@given(**random_masks, spacing=st.tuples(*[st.floats(0.4, 5)] * 3))
@settings(deadline=None)
def test_the_largest_diameter_is_that_of_all_pairs(
    shape: tuple[int, int, int], share: float, seed: int, spacing: tuple[float, float, float]
) -> None:
    mask = np.random.default_rng(seed).random(shape) < share
    if not mask.any():
        assert shape_of(from_array(mask), grid_of(mask, spacing)) is None
        return
    half = np.concatenate([np.eye(3), -np.eye(3)]) / 2
    faces = (np.argwhere(mask)[:, None] + half).reshape(-1, 3) * spacing
    longest = max(np.linalg.norm(a - faces, axis=1).max() for a in faces)
    found = shape_of(from_array(mask), grid_of(mask, spacing))
    assert found is not None
    assert longest * 0.99 <= found.largest_diameter_mm <= longest * (1 + 1e-9)


def test_a_box_has_the_measures_of_its_formula() -> None:
    mask = np.zeros((9, 12, 14), bool)
    mask[2:7, 3:9, 4:12] = True
    a, b, c = 2.5, 1.0, 0.8
    found = shape_of(from_array(mask), grid_of(mask, (a, b, c)))
    assert found is not None
    # Faces reach from centre to centre; edges and corners are cut off half way.
    x, y, z = 4 * a, 5 * b, 7 * c
    faces = 2 * (x * y + y * z + x * z)
    edges = 4 * (x * sqrt(b * b + c * c) + y * sqrt(a * a + c * c) + z * sqrt(a * a + b * b)) / 2
    corners = sqrt((b * c) ** 2 + (a * c) ** 2 + (a * b) ** 2)
    assert found.surface_area_mm2 == pytest.approx(faces + edges + corners)
    volume = 5 * 6 * 8 * a * b * c
    assert found.sphericity == pytest.approx(
        pi ** (1 / 3) * (6 * volume) ** (2 / 3) / (faces + edges + corners)
    )
    corner = [
        sqrt((x + u) ** 2 + (y + v) ** 2 + (z + w) ** 2)
        for u, v, w in ((a, 0, 0), (0, b, 0), (0, 0, c), (a / 2, b / 2, 0), (a / 2, 0, c / 2))
    ]
    assert found.largest_diameter_mm == pytest.approx(max(corner))
    assert (found.component_count, found.hole_count, found.gap_slice_count) == (1, 0, 0)
    assert not (found.touches_side or found.touches_end)


@given(**random_masks, spacing=st.tuples(*[st.floats(0.4, 5)] * 3))
@settings(deadline=None)
def test_the_surface_is_that_of_cells_looked_up_one_by_one(
    shape: tuple[int, int, int], share: float, seed: int, spacing: tuple[float, float, float]
) -> None:
    mask = np.random.default_rng(seed).random(shape) < share
    table = lookup_tables.create_table_neighbour_code_to_surface_area(spacing)
    padded, area = np.pad(mask, 1), 0.0
    for k, j, i in np.ndindex(*np.add(shape, 1)):
        corners = padded[k : k + 2, j : j + 2, i : i + 2].ravel().tolist()
        area += table[sum(inside << (7 - n) for n, inside in enumerate(corners))]
    assert surface_area(from_array(mask), spacing) == pytest.approx(area)
    assert surface_of(from_array(mask), spacing).areas.sum() == pytest.approx(area)


def test_runs_that_touch_are_as_one() -> None:
    mask = np.zeros((1, 2, 9), bool)
    mask[0, 0, 2:7] = mask[0, 1, 7:] = True
    whole = from_array(mask)
    parted = Spans(np.array([2, 4, 16]), np.array([4, 7, 18]), whole.shape)
    grid = grid_of(mask, (1, 1, 1))
    assert shape_of(parted, grid) == shape_of(whole, grid)
    assert component_sizes(parted).tolist() == [7]
    assert component_sizes(Spans(np.array([2, 4]), np.array([4, 7]), whole.shape)).tolist() == [5]


def test_a_ball_is_nearly_round() -> None:
    places = np.indices((42, 80, 80)) * np.reshape([2.0, 1.0, 1.0], (3, 1, 1, 1))
    mask = ((places - np.reshape([41.3, 39.8, 40.1], (3, 1, 1, 1))) ** 2).sum(axis=0) <= 30**2
    found = shape_of(from_array(mask), grid_of(mask, (2, 1, 1)))
    assert found is not None
    assert found.largest_diameter_mm == pytest.approx(60, abs=2)
    assert found.surface_area_mm2 == pytest.approx(1.1 * 4 * pi * 30**2, rel=0.03)
    # A surface of voxels has steps: it is a tenth larger.
    assert 0.87 < (found.sphericity or 0) < 1


def test_gaps_holes_islands_and_borders_are_told() -> None:
    mask = np.zeros((8, 10, 10), bool)
    mask[1:4, 2:9, 2:9] = True
    mask[2, 4:6, 5] = False  # a cavity of two voxels
    mask[5:8, 0, 4] = True  # an island two slices further, on two borders
    found = shape_of(from_array(mask), grid_of(mask, (1, 1, 1)))
    assert found is not None
    assert found.component_count == 2
    assert found.largest_component_share == pytest.approx(145 / 148)
    assert found.hole_count == 1
    assert found.hole_volume_mL == pytest.approx(0.002)
    assert found.gap_slice_count == 1
    assert found.touches_side and found.touches_end


def test_pieces_that_share_a_corner_are_one_part() -> None:
    for step in product((0, 1), repeat=3):
        if any(step):
            mask = np.zeros((2, 2, 2), bool)
            mask[0, 0, 0] = mask[step] = True
            assert len(component_sizes(from_array(mask))) == 1
