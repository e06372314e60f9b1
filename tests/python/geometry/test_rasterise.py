"""The rasteriser against the slow rule in every acquisition; properties that always hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtstruct.geometry.contours import Contours, place, place_each
from rtstruct.geometry.grid import ImageGrid, grid_from_slices
from rtstruct.geometry.scanline import rasterise
from support.sampled_grids import (
    ACQUISITIONS,
    COLUMNS,
    ROWS,
    SLICES,
    acquire,
    contours_mm,
)
from support.slow_rule import box, circle, even_odd, structures, truth, volume

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random


@pytest.mark.parametrize("acquisition", ACQUISITIONS)
def test_every_voxel_follows_the_rule(acquisition: str) -> None:
    grid, origins, steps = acquire(acquisition)
    assert grid.shape == (SLICES, ROWS, COLUMNS)
    assert np.allclose(grid.slice_origins, origins, atol=1e-4)
    assert len(structures(SLICES)) >= 25
    for name, planes in structures(SLICES).items():
        placed = place(contours_mm(planes, origins, steps), grid)
        mask = rasterise(placed, grid.shape)
        expected = truth(name, planes, grid.shape)
        differ = np.argwhere(mask.to_array() != expected)
        # Decimal strings (1e-6 mm) move edges that run exactly through centres of oblique grids.
        on_edge = name in ("box on centres", "diamond on centres", "figure of eight")
        if not (on_edge and "oblique" in acquisition):
            assert len(differ) == 0, name
        assert mask.voxel_count == mask.to_array().sum()
        assert not placed.skipped


@pytest.mark.parametrize(
    "acquisition", [a for a in ACQUISITIONS if a not in ("irregular", "tilted gantry")]
)
def test_bounding_box_and_centroid_are_those_of_the_voxels(acquisition: str) -> None:
    grid, origins, steps = acquire(acquisition)
    planes = structures(SLICES)["components"]
    mask = rasterise(place(contours_mm(planes, origins, steps), grid), grid.shape)
    k, j, i = np.nonzero(volume(planes, grid.shape))
    assert mask.bounding_box == (i.min(), j.min(), k.min(), i.max(), j.max(), k.max())
    centres = origins[k] + np.column_stack([i, j]) @ steps
    assert np.allclose(mask.centroid_mm(grid), centres.mean(axis=0), atol=1e-4)


def test_a_mask_without_voxels_has_no_box_and_no_centroid() -> None:
    grid, origins, steps = acquire("axial")
    planes = structures(SLICES)["sub-voxel"]
    mask = rasterise(place(contours_mm(planes, origins, steps), grid), grid.shape)
    assert (mask.voxel_count, mask.bounding_box, mask.centroid_mm(grid)) == (0, None, None)


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("ring", 20 * np.sin(2 * np.pi / 40) * (81 - 25)),
        ("keyhole", 20 * np.sin(2 * np.pi / 40) * (81 - 25)),
        ("nested three deep", 20 * np.sin(2 * np.pi / 40) * (100 - 49 + 16)),
        ("components", 8 * np.sin(2 * np.pi / 16) * 2.4**2 * 4),
        ("box on centres", 80.0),
        ("box on borders", 80.0),
        ("sub-voxel", 0.16),
        ("drawn twice", 20 * np.sin(2 * np.pi / 40) * (25 + 9)),
        ("line", 0.0),
    ],
)
def test_the_contour_volume_is_the_area_of_the_polygons(name: str, area: float) -> None:
    grid, origins, steps = acquire("non-square pixels")
    placed = place(contours_mm(structures(SLICES)[name], origins, steps), grid)
    expected_mL = area * 1.5 * 2.25 * 3.0 * (SLICES - 2) / 1000
    assert placed.drawing.volume_mL == pytest.approx(expected_mL, rel=1e-9, abs=1e-9)


def flat_grid(rows: int = ROWS, columns: int = COLUMNS) -> ImageGrid:
    origins = [[0.0, 0.0, 3.0 * k] for k in range(3)]
    return grid_from_slices(
        origins,
        [1, 0, 0],
        [0, 1, 0],
        rows=rows,
        columns=columns,
        row_spacing_mm=1,
        column_spacing_mm=1,
    )


def mask_of(*polygons: np.ndarray) -> np.ndarray:
    """(rows, columns) of polygons on the middle of three slices."""
    points = np.concatenate(polygons)
    points = np.column_stack([points, np.full(len(points), 3.0)])
    contours = Contours(points, np.array([len(polygon) for polygon in polygons]))
    grid = flat_grid()
    return rasterise(place_each(contours, grid), grid.shape).to_array()[1]


# On quarters every tie is exact, and what is no tie is far from one.
quarter = st.integers(-12, 140).map(lambda n: n / 4)
polygon = st.lists(st.tuples(quarter, quarter), min_size=1, max_size=12).map(np.array)
# Anywhere: a centre may by chance be so near to an edge that the order of computing decides.
anywhere = st.one_of(quarter, st.integers(-9, 99).map(lambda n: n / 3), st.floats(-3, 33))
free_polygon = st.lists(st.tuples(anywhere, anywhere), min_size=1, max_size=12).map(np.array)


@settings(max_examples=300, deadline=None)
@given(st.lists(polygon, min_size=1, max_size=4))
def test_any_polygons_follow_the_rule_ties_included(polygons: list[np.ndarray]) -> None:
    assert np.array_equal(mask_of(*polygons), even_odd(polygons, ROWS, COLUMNS))


@settings(max_examples=200, deadline=None)
@given(st.lists(free_polygon, min_size=1, max_size=4))
def test_any_polygons_follow_the_rule(polygons: list[np.ndarray]) -> None:
    differ = np.argwhere(mask_of(*polygons) != even_odd(polygons, ROWS, COLUMNS))
    assert all(distance_to_edges(i, j, polygons) < 1e-5 for j, i in differ)


def distance_to_edges(i: int, j: int, polygons: list[np.ndarray]) -> float:
    distances = []
    for polygon in polygons:
        start, end = polygon, np.roll(polygon, -1, axis=0)
        along = end - start
        length = np.maximum((along**2).sum(axis=1), 1e-30)
        share = np.clip((((i, j) - start) * along).sum(axis=1) / length, 0, 1)
        nearest = start + share[:, None] * along
        distances.append(np.hypot(*(nearest - (i, j)).T).min())
    return float(min(distances))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(anywhere, anywhere), min_size=2, max_size=6))
def test_abutting_structures_neither_overlap_nor_leave_a_gap(
    cut: list[tuple[float, float]],
) -> None:
    # A cut of any shape from top to bottom divides the image in two.
    line = np.array([(cut[0][0], -4.0), *cut, (cut[-1][0], 40.0)])
    left = np.concatenate([line, [(-100.0, 40.0), (-100.0, -4.0)]])
    right = np.concatenate([line[::-1], [(100.0, -4.0), (100.0, 40.0)]])
    assert np.array_equal(mask_of(left) ^ mask_of(right), np.ones((ROWS, COLUMNS)))


@settings(max_examples=100, deadline=None)
@given(polygon, st.integers(-5, 5), st.integers(-5, 5))
def test_moving_by_whole_voxels_moves_the_mask(points: np.ndarray, right: int, down: int) -> None:
    here = np.clip(points, 6, 19)
    there = mask_of(here + np.array([right, down]))
    assert np.array_equal(np.roll(there, (-down, -right), axis=(0, 1)), mask_of(here))


@settings(max_examples=100, deadline=None)
@given(st.lists(polygon, min_size=2, max_size=4), st.randoms())
def test_the_order_of_contours_and_points_is_irrelevant(
    polygons: list[np.ndarray], random: Random
) -> None:
    other = [np.roll(p, random.randint(0, 9), axis=0)[:: random.choice([1, -1])] for p in polygons]
    random.shuffle(other)
    assert np.array_equal(mask_of(*polygons), mask_of(*other))


@settings(max_examples=100, deadline=None)
@given(polygon, polygon)
def test_contours_together_are_the_exclusive_or_of_each_alone(
    one: np.ndarray, other: np.ndarray
) -> None:
    assert np.array_equal(mask_of(one, other), mask_of(one) ^ mask_of(other))


def test_the_tie_rule_as_documented() -> None:
    # Left and top edges are in, right and bottom edges are out: 10 x 8 voxels, not 11 x 9.
    mask = mask_of(box(4, 5, 14, 13))
    assert mask.sum() == 80
    assert mask[5, 4] == 1
    assert mask[12, 13] == 1
    assert mask[13, 4] == mask[5, 14] == 0


def test_rounding_of_decimal_strings_does_not_decide_ties() -> None:
    noisy = box(4, 5, 14, 13) + np.array(
        [[1e-9, -1e-9], [-1e-9, 1e-9], [1e-9, 1e-9], [-1e-9, -1e-9]]
    )
    assert mask_of(noisy).sum() == 80


def test_seven_solids() -> None:
    """On 512 x 512 x 200 voxels of 1 mm: Dice against the voxels whose centre is in the solid."""
    c, window = 255.3, slice(150, 360)
    y, x = np.mgrid[window, window].astype(float)
    r = np.hypot(x - c, y - c)

    def at(radius_squared: float) -> list[np.ndarray]:
        return [circle(c, c, float(np.sqrt(radius_squared)), 400)] if radius_squared > 0 else []

    def torus(depth: float) -> list[np.ndarray]:
        half = 20.0**2 - depth**2
        return [p for s in (1, -1) for p in at((60 + s * half**0.5) ** 2)] if half > 0 else []

    def square(depth: float) -> list[np.ndarray]:
        return [box(c - 30, c - 30, c + 30, c + 30)] if abs(depth) < 30 else []

    def long(depth: float) -> bool:
        return abs(depth) < 40

    # Whether the points r, depth from the middle are inside, and the outlines at a depth.
    solids: dict[str, tuple[Callable[[float], np.ndarray], Callable[[float], list[np.ndarray]]]] = {
        "sphere": (lambda d: r**2 + d**2 < 1600, lambda d: at(1600 - d**2)),
        "cube": (
            lambda d: (np.maximum(abs(x - c), abs(y - c)) < 30) & (abs(d) < 30),
            square,
        ),
        "cylinder": (lambda d: (r < 30) & long(d), lambda d: at(900 * long(d))),
        "ellipsoid": (
            lambda d: (r / 50) ** 2 + (d / 30) ** 2 < 1,
            lambda d: at(2500 * (1 - (d / 30) ** 2)),
        ),
        "torus": (lambda d: (r - 60) ** 2 + d**2 < 400, torus),
        "hollow sphere": (
            lambda d: (r**2 + d**2 < 1600) & (r**2 + d**2 >= 400),
            lambda d: at(1600 - d**2) + at(400 - d**2),
        ),
        "hollow cylinder": (
            lambda d: (r < 40) & (r >= 20) & long(d),
            lambda d: at(1600 * long(d)) + at(400 * long(d)),
        ),
    }
    origins = np.array([[0.0, 0.0, k] for k in range(200)])
    grid = grid_from_slices(
        origins,
        [1, 0, 0],
        [0, 1, 0],
        rows=512,
        columns=512,
        row_spacing_mm=1,
        column_spacing_mm=1,
    )
    for name, (inside, outline) in solids.items():
        depths = [(k, k - 99.6) for k in range(200)]
        planes = {k: outline(depth) for k, depth in depths if outline(depth)}
        placed = place(contours_mm(planes, origins, np.eye(3)[:2]), grid)
        runs = rasterise(placed, grid.shape)
        mask = runs.to_array()[:, window, window].astype(bool)
        assert mask.sum() == runs.voxel_count
        truth = np.array([inside(depth) for _, depth in depths])
        dice = 2 * (mask & truth).sum() / (mask.sum() + truth.sum())
        assert dice >= (1.0 if name == "cube" else 0.995), name
