"""Which share of each voxel is inside: against areas by formula and a slow computation."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtstruct.geometry.contours import PlacedContours
from rtstruct.geometry.coverage import cover, whole_voxels
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.geometry.outlines import Outlines, even_odd_areas
from rtstruct.geometry.spans import from_array
from support.slow_rule import box, circle, keyhole, structures

ROWS, COLUMNS, SLICES = 26, 30, 8
SHAPE = (SLICES, ROWS, COLUMNS)
GRID = grid_from_slices(
    np.array([[10.0, 20, 3 * k] for k in range(SLICES)]),
    [1, 0, 0],
    [0, 1, 0],
    rows=ROWS,
    columns=COLUMNS,
    row_spacing_mm=1.5,
    column_spacing_mm=2.25,
)


def placed(planes: dict[int, list[np.ndarray]]) -> PlacedContours:
    polygons = [polygon for k in planes for polygon in planes[k]]
    points = np.concatenate(polygons)
    return PlacedContours(
        column=points[:, 0].copy(),
        row=points[:, 1].copy(),
        counts=np.array([len(polygon) for polygon in polygons]),
        slices=np.array([k for k in planes for _ in planes[k]]),
        skipped=Counter(),
        clipped=0,
    )


def slow_coverage(polygons: list[np.ndarray], rows: int, columns: int) -> np.ndarray:
    """Between the rows where anything happens, lengths change linearly: the middle is the mean."""
    edges = [
        (start, end)
        for polygon in polygons
        for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True)
        if start[1] != end[1]
    ]

    def column(edge: tuple[np.ndarray, np.ndarray], row: float) -> float:
        (x0, y0), (x1, y1) = edge
        return float(x0 + (row - y0) / (y1 - y0) * (x1 - x0))

    def meeting(at_0: float, at_1: float) -> list[float]:
        """Where a line that is at_0 in row 0 and at_1 in row 1 is zero."""
        return [-at_0 / (at_1 - at_0)] if at_0 != at_1 else []

    events = [float(row) for edge in edges for _, row in edge]
    events += [row - 0.5 for row in range(rows + 1)]
    for one, other in combinations(edges, 2):
        events += meeting(*(column(one, row) - column(other, row) for row in (0, 1)))
    for edge in edges:
        for border in range(columns + 1):
            events += meeting(*(column(edge, row) - (border - 0.5) for row in (0, 1)))
    found = np.zeros((rows, columns))
    for top, bottom in pairwise(sorted(set(events))):
        middle = (top + bottom) / 2
        row = int(np.floor(middle + 0.5))
        # So low a strip is the rounding of a crossing.
        if bottom - top < 1e-12 or not 0 <= row < rows:
            continue
        met = sorted(
            column(edge, middle)
            for edge in edges
            if min(edge[0][1], edge[1][1]) < middle < max(edge[0][1], edge[1][1])
        )
        for left, right in zip(met[0::2], met[1::2], strict=True):
            for i in range(columns):
                length = min(right, i + 0.5) - max(left, i - 0.5)
                found[row, i] += max(length, 0) * (bottom - top)
    return found


quarter = st.integers(-8, 36).map(lambda n: n / 4)
anywhere = st.one_of(
    quarter,
    st.integers(-6, 27).map(lambda n: n / 3),
    # The judge prolongs edges: one that is lower than its rounding has no line.
    st.floats(-2, 9).map(lambda x: round(x, 9)),
)
polygon = st.lists(st.tuples(anywhere, anywhere), min_size=1, max_size=6).map(np.array)


@settings(max_examples=60, deadline=None)
@given(st.lists(polygon, min_size=1, max_size=3))
def test_any_polygons_are_covered_exactly(polygons: list[np.ndarray]) -> None:
    shares = cover(placed({1: polygons}), (3, 6, 7)).to_array()
    assert np.allclose(shares[1], slow_coverage(polygons, 6, 7), atol=1e-6)
    assert not shares[[0, 2]].any()
    assert shares.max() <= 1


@pytest.mark.parametrize("height", [5e-324, 1e-300, 1e-16, 1e-12])
def test_an_edge_of_hardly_any_height_covers_as_a_level_one(height: float) -> None:
    polygon = np.array([[1.0, 0.0], [4.0, height], [4.0, 3.0], [1.0, 3.0]])
    assert np.isclose(cover(placed({1: [polygon]}), (3, 6, 7)).to_array().sum(), 9)


def regular(radius: float, points: int) -> float:
    return points / 2 * np.sin(2 * np.pi / points) * radius**2


INNER = 9 * (3 - 5**0.5) / 2  # how far out the inner corners of a five-pointed star are
STAR = 5 * 9 * INNER * np.sin(np.pi / 5) - regular(INNER, 5)


@pytest.mark.parametrize(
    ("polygons", "area"),
    [
        ([circle(14.3, 12.7, 11.2, 500)], regular(11.2, 500)),
        ([circle(14, 12, 9), circle(14, 12, 5)], regular(9, 40) - regular(5, 40)),
        ([keyhole(circle(14, 12, 9), circle(14, 12, 5))], regular(9, 40) - regular(5, 40)),
        ([circle(14, 12, r) for r in (10, 7, 4)], regular(1, 40) * (100 - 49 + 16)),
        ([circle(5 + 7 * n, 6 + 4 * n, 2.4, 16) for n in range(4)], 4 * regular(2.4, 16)),
        ([circle(10.2, 9.1, 1.3, 12)], regular(1.3, 12)),
        ([box(5.2, 5.2, 5.6, 5.6)], 0.16),
        ([box(4, 5, 14, 13)], 80),
        ([circle(12, 12, 5), circle(12, 12, 5)], 0),
        # Where two squares overlap neither counts: 2 x 36 less twice the 4 x 2 that they share.
        ([box(4, 4, 10, 10), box(6, 8, 12, 14)], 2 * 36 - 2 * 8),
        # Crosses itself: two triangles of 12 x 6 / 2.
        ([np.array([[4.0, 4], [16, 16], [16, 4], [4, 16]])], 2 * 12 * 6 / 2),
        # A five-pointed star drawn in one line: its middle is out.
        ([circle(14, 12, 9, 5)[[0, 2, 4, 1, 3]]], STAR),
        # The quarter that lies in the image, which begins half a pixel before its first centre.
        ([box(-6.5, -8.5, 5.5, 3.5)], 6 * 4),
        ([box(-1e5, -1e5, 1e5, 1e5)], ROWS * COLUMNS),
        ([box(-20, 3, -10, 9)], 0),
        ([np.array([[3.0, 3], [9, 8]])], 0),
    ],
    ids=[
        *("body", "ring", "keyhole", "three deep", "components", "lens", "sub-voxel", "box"),
        *("twice", "overlapping", "figure of eight", "star", "clipped", "all", "outside", "line"),
    ],
)
def test_the_sum_is_the_area_of_the_polygons(polygons: list[np.ndarray], area: float) -> None:
    shares = cover(placed({3: polygons, 4: polygons}), SHAPE)
    assert shares.to_array().sum(dtype=float) == pytest.approx(2 * area, rel=1e-6)
    assert shares.volume(GRID) == pytest.approx(2 * area * 1.5 * 2.25 * 3 / 1000, rel=1e-6)


def test_the_sum_of_every_structure_is_the_volume_of_its_contours() -> None:
    crossing = ("figure of eight", "rough 0", "rough 1", "rough 2")
    clipped = ("clipped", "around the image")
    for name, planes in structures(SLICES).items():
        if name not in crossing + clipped:
            contours = placed(planes)
            outlines = Outlines(contours.column, contours.row, contours.counts, contours.slices)
            areas = even_odd_areas(outlines, SLICES)
            expected = areas.sum() * GRID.voxel_volume
            assert cover(contours, SHAPE).volume(GRID) == pytest.approx(expected, rel=1e-6), name


def test_box_and_centroid_are_those_of_the_shares() -> None:
    shares = cover(placed({2: [box(3.5, 4.75, 9, 7.5)], 3: [box(3.5, 4.5, 9, 7.5)]}), SHAPE)
    assert shares.bounding_box == (4, 5, 2, 9, 7, 3)
    assert (shares.voxel_count, shares.slice_count) == (2 * 6 * 3, 2)
    upper, lower = 5.5 * 2.75, 5.5 * 3
    k = (2 * upper + 3 * lower) / (upper + lower)
    centroid = shares.centroid_mm(GRID)
    assert centroid is not None
    # Of voxel centres, so a little off the polygons' own, as for any mask.
    assert centroid[0] == pytest.approx(10 + 2.25 * (4 + 5 + 6 + 7 + 8 + 9 / 2) / 5.5)
    assert centroid[2] == pytest.approx(3 * k)


def test_nothing_is_nothing() -> None:
    for shares in (
        cover(placed({2: [np.array([[3.0, 3], [9, 8]])]}), SHAPE),
        whole_voxels(from_array(np.zeros(SHAPE, dtype=bool))),
    ):
        assert (shares.voxel_count, shares.bounding_box, shares.centroid_mm(GRID)) == (
            *(0, None, None),
        )
        assert not shares.to_array().any()


def test_a_mask_covers_its_voxels_wholly() -> None:
    mask = np.random.default_rng(5).random(SHAPE) < 0.05
    shares = whole_voxels(from_array(mask))
    assert np.array_equal(shares.to_array(), mask)
    assert shares.voxel_count == mask.sum()
