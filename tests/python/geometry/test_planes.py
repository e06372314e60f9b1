"""Contours by the planes they were drawn on, each kind of trouble with the value that is right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtstruct.conversion.masks.interpolation import fill_between
from rtstruct.geometry.contours import Contours, PlacedContours, place
from rtstruct.geometry.grid import ImageGrid, grid_from_slices
from rtstruct.geometry.planimetry import differs, is_lost, is_moved, slices_that_differ
from rtstruct.geometry.scanline import rasterise
from rtstruct.geometry.spans import Spans
from support.field_like import Body, Situation, judge
from support.slow_rule import box, circle, even_odd, keyhole, volume

SLICES, ROWS, COLUMNS = 20, 40, 44
THICKNESS = 3.0


def grid_of(slices: int = SLICES) -> ImageGrid:
    return grid_from_slices(
        [[0.0, 0, THICKNESS * k] for k in range(slices)],
        [1, 0, 0],
        [0, 1, 0],
        rows=ROWS,
        columns=COLUMNS,
        row_spacing_mm=1.0,
        column_spacing_mm=1.0,
    )


GRID = grid_of()


def contours(*drawn: tuple[np.ndarray, float]) -> Contours:
    """Polygons in voxels (mm here), each at a height in mm."""
    points = [np.column_stack([polygon, np.full(len(polygon), z)]) for polygon, z in drawn]
    return Contours(np.concatenate(points), np.array([len(each) for each in points]))


def mask_of(placed: PlacedContours, grid: ImageGrid = GRID) -> np.ndarray:
    return rasterise(placed, grid.shape).to_array() > 0


DISC = circle(21.3, 19.2, 12, 72)
SHAPES = {
    "disc": [DISC],
    "ring": [DISC, circle(21.3, 19.2, 6, 72)],
    "wall": [DISC, circle(21.3, 19.2, 11.4, 72)],
    "keyhole": [keyhole(DISC, circle(21.3, 19.2, 6, 72))],
    "islands": [circle(10, 10, 5, 50), circle(28, 28, 6, 50)],
    "island in a hole": [DISC, circle(21, 19, 8, 60), circle(21, 19, 4, 60)],
    "box": [box(5.2, 6.3, 20.1, 30.4)],
}


@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.02, 0.05]))
def test_copies_count_once_and_holes_stay_holes(name: str, seed: int, jitter: float) -> None:
    rng = np.random.default_rng(seed)
    drawn, repeated, planes = [], 0, {}
    for k in range(4, 10):
        planes[k] = SHAPES[name]
        for polygon in SHAPES[name]:
            times = int(rng.choice([1, 1, 2, 3, 6]))
            repeated += times - 1
            drawn.append((polygon, k * THICKNESS))
            for _ in range(times - 1):
                copy = np.roll(polygon, int(rng.integers(len(polygon))), axis=0)
                copy = copy[:: int(rng.choice([-1, 1]))]
                drawn.append((copy + rng.uniform(-jitter, jitter, copy.shape), k * THICKNESS))
    placed = place(contours(*drawn), GRID)
    assert placed.drawing.copies == repeated
    assert np.array_equal(mask_of(placed), volume(planes, GRID.shape))
    # In any order there may be another copy that is kept.
    order = rng.permutation(len(drawn))
    shuffled = place(contours(*(drawn[n] for n in order)), GRID)
    differ = mask_of(shuffled) != volume(planes, GRID.shape)
    assert differ.sum() <= (0 if jitter == 0 else 0.01 * differ.size)
    assert shuffled.drawing.volume_mL == pytest.approx(placed.drawing.volume_mL, rel=0.02)


def test_strokes_are_united_and_their_holes_stay() -> None:
    strokes = [circle(14.3, 19, 9, 60), circle(26.4, 20, 9, 60)]
    hole = circle(12, 19, 3, 40)
    drawn = [(polygon, k * THICKNESS) for k in range(4, 10) for polygon in (*strokes, hole)]
    placed = place(contours(*drawn), GRID)
    one, other, inside = (even_odd([polygon], ROWS, COLUMNS) for polygon in (*strokes, hole))
    expected = (one | other) & ~inside
    assert np.array_equal(mask_of(placed)[5], expected)
    assert placed.drawing.strokes == 12
    assert not differs(placed.drawing)
    assert slices_that_differ(rasterise(placed, GRID.shape), placed) == 0
    even = place(contours(*drawn), GRID, "even-odd")
    assert np.array_equal(mask_of(even)[5], one ^ other ^ inside)
    assert even.drawing.strokes == 12


def test_strokes_that_cross_in_their_vertices_are_seen() -> None:
    # Rounded to whole millimetres, both have vertices where they cross.
    one = np.array([[5, 5], [15, 5], [20, 10], [15, 15], [5, 15]], float)
    other = np.array([[15, 5], [30, 5], [30, 15], [15, 15], [10, 10]], float)
    placed = place(contours(*((p, k * THICKNESS) for k in (3, 4) for p in (one, other))), GRID)
    expected = even_odd([one], ROWS, COLUMNS) | even_odd([other], ROWS, COLUMNS)
    assert np.array_equal(mask_of(placed)[3], expected)
    assert placed.drawing.strokes == 4


def test_a_bent_contour_changes_nothing_but_is_told() -> None:
    heights = 12.75 + 1.5 * np.arange(20)
    flat = contours(*((DISC, z) for z in heights))
    points = flat.points_mm.copy()
    points[9 * len(DISC) + 5, 2] += 0.4
    bent = place(Contours(points, flat.counts), GRID)
    assert np.array_equal(mask_of(bent), mask_of(place(flat, GRID)))
    assert (bent.drawing.bent, bent.drawing.bend_mm) == (1, pytest.approx(0.4))
    assert mask_of(bent).any(axis=(1, 2)).sum() == 10


@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
@pytest.mark.parametrize("offset", [0.0, 0.25, 0.5, 0.5004])
def test_rounding_never_drops_a_plane(decimals: int, offset: float) -> None:
    step = 2.54
    grid = grid_from_slices(
        [[0.0, 0, -17.35 + step * k] for k in range(24)],
        [1, 0, 0],
        [0, 1, 0],
        rows=ROWS,
        columns=COLUMNS,
        row_spacing_mm=1.0,
        column_spacing_mm=1.0,
    )
    heights = np.round(-17.35 + step * (np.arange(4, 20) + offset), decimals)
    found = mask_of(place(contours(*((DISC, z) for z in heights)), grid), grid)
    assert found.any(axis=(1, 2)).sum() == 16
    first = int(np.flatnonzero(found.any(axis=(1, 2)))[0])
    assert first in ((4,) if offset < 0.5 else (4, 5))
    assert all(np.array_equal(found[k], found[first]) for k in range(first, first + 16))


@pytest.mark.parametrize("n", [2, 3, 5])
def test_contours_on_every_nth_slice_leave_gaps_that_are_told(n: int) -> None:
    slices = range(2, 18, n)
    placed = place(contours(*((DISC, THICKNESS * k) for k in slices)), GRID)
    found = mask_of(placed)
    assert np.flatnonzero(found.any(axis=(1, 2))).tolist() == list(slices)
    between = sorted(set(range(2, slices[-1] + 1)) - set(slices))
    assert placed.empty.tolist() == between
    assert placed.drawing.empty_slices == len(between)
    assert placed.drawing.spacing == pytest.approx(n)
    assert is_lost(placed.drawing)
    area = 36 * np.sin(2 * np.pi / 72) * 144
    expected = area * THICKNESS * n * len(slices) / 1000
    assert placed.drawing.volume_mL == pytest.approx(expected)
    filled = fill_between(rasterise(placed, GRID.shape), placed.empty, GRID).to_array() > 0
    assert all(np.array_equal(filled[k], found[2]) for k in range(2, slices[-1] + 1))


def test_what_is_filled_lies_half_way_between() -> None:
    drawn = [(circle(20, 20, radius, 200), THICKNESS * k) for radius, k in ((6, 4), (12, 8))]
    drawn += [(circle(20, 20, 12, 200), THICKNESS * 12)]
    placed = place(contours(*drawn), GRID)
    filled = fill_between(rasterise(placed, GRID.shape), placed.empty, GRID).to_array()
    for k, radius in ((5, 7.5), (6, 9), (7, 10.5), (10, 12)):
        # Distances are from voxel to voxel: half a voxel of the radius.
        assert np.sqrt(filled[k].sum() / np.pi) == pytest.approx(radius, abs=0.5)
    assert not filled[[3, 13]].any()


@pytest.mark.parametrize("degrees", [0.5, 1, 2, 3, 5, 8])
@pytest.mark.parametrize("gap", [0.75, 1.0, 1.5, 2.0, 4.0])
def test_tilted_planes_keep_the_volume(degrees: float, gap: float) -> None:
    a = np.radians(degrees)
    turn = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    rounds = []
    count = round(24 / gap)
    disc = circle(0, 0, 9, 72)
    for n in range(count):
        flat = np.column_stack([disc, np.full(72, (n + 0.5) * gap - 12)])
        rounds.append(np.round(flat @ turn.T + [20.3, 19.8, 29.1], 3))
    placed = place(Contours(np.concatenate(rounds), np.full(count, 72)), GRID)
    solid = 36 * np.sin(2 * np.pi / 72) * 81 * 24 / 1000
    assert mask_of(placed).sum() * THICKNESS / 1000 == pytest.approx(solid, rel=0.04)
    assert placed.drawing.volume_mL == pytest.approx(solid, rel=0.01)
    assert not is_lost(placed.drawing)


def test_components_drawn_on_other_planes_do_not_cut_each_other_short() -> None:
    left, right = circle(10, 20, 6, 60), circle(32, 20, 6, 60)
    drawn = [(left, THICKNESS * k) for k in range(3, 12)]
    drawn += [(right, THICKNESS * (k + 0.4)) for k in range(3, 12)]
    placed = place(contours(*drawn), GRID)
    for k in range(3, 12):
        assert np.array_equal(mask_of(placed)[k], even_odd([left, right], ROWS, COLUMNS))
    area = 30 * np.sin(2 * np.pi / 60) * 36
    assert placed.drawing.volume_mL == pytest.approx(2 * 9 * area * THICKNESS / 1000)


def test_planes_of_a_thicker_stack_fill_it() -> None:
    # 4.5 mm apart on slices of 3 mm: every second plane would go to a slice of its own.
    heights = 6 + 4.5 * (np.arange(8) + 0.5)
    placed = place(contours(*((DISC, z) for z in heights)), GRID)
    assert np.flatnonzero(mask_of(placed).any(axis=(1, 2))).tolist() == list(range(2, 14))
    assert placed.drawing.is_cut
    assert not differs(placed.drawing)


def test_a_contour_far_outside_does_not_decide_for_the_others() -> None:
    drawn = [(DISC, THICKNESS * k) for k in range(3, 9)]
    placed = place(contours(*drawn, (DISC, 401.3)), GRID)
    assert np.array_equal(mask_of(placed), mask_of(place(contours(*drawn), GRID)))
    assert placed.skipped == {"outside_stack": 1}
    assert is_lost(placed.drawing)


def test_points_and_slivers_are_no_planes() -> None:
    drawn = [(DISC, THICKNESS * k) for k in range(3, 9)]
    specks = [(DISC[:1], 10.3), (np.array([[1.0, 1], [5, 5], [9, 9]]), 13.7)]
    placed = place(contours(*specks, *drawn), GRID)
    assert np.array_equal(mask_of(placed), mask_of(place(contours(*drawn), GRID)))
    assert placed.drawing.slivers == 1


def test_a_slice_that_lost_its_voxels_is_found() -> None:
    placed = place(contours(*((DISC, THICKNESS * k) for k in range(3, 12))), GRID)
    mask = rasterise(placed, GRID.shape)
    assert slices_that_differ(mask, placed) == 0
    kept = mask.starts // (ROWS * COLUMNS) != 7
    assert slices_that_differ(Spans(mask.starts[kept], mask.ends[kept], mask.shape), placed) == 1


def test_contours_half_way_tell_how_much_may_lie_elsewhere() -> None:
    radii = np.sqrt(100 - (np.arange(-3, 3) + 0.5) ** 2 * 9)
    half = [(circle(20, 20, r, 80), THICKNESS * (7.5 + n)) for n, r in enumerate(radii)]
    on = [(circle(20, 20, r, 80), THICKNESS * (7 + n)) for n, r in enumerate(radii)]
    assert is_moved(place(contours(*half), GRID).drawing)
    assert not is_moved(place(contours(*on), GRID).drawing)


def test_strokes_rounded_to_millimetres_on_an_oblique_image() -> None:
    # Found by the search: two strokes with the same rounded vertices, taken for nested ones.
    rod = Body("rod", -0.284, -2.658, 6.6612, 0.0, -21.5712, 23.968, strokes=True, keyhole=True)
    situation = Situation(
        spacing=(3.424, 0.963, 0.9295),
        turn=(-2, 2, 40),
        tilt=0.0,
        towards=59.04,
        gap=0.7,
        offset=0.35,
        bodies=(rod,),
        decimals=0,
        copies=5,
        jitter=0.02,
        bend=0.0,
        lost=1,
        specks=False,
        seed=303,
    )
    assert judge(situation).kind == "right"


def test_contours_that_are_not_flat_at_all_lie_on_no_plane() -> None:
    angle = np.arange(72) * 2 * np.pi / 72
    saddles = [
        np.column_stack([DISC, z + 2 * THICKNESS * np.cos(2 * angle)]) for z in (9.0, 12.0, 15.0)
    ]
    placed = place(Contours(np.concatenate(saddles), np.array([72] * 3)), GRID)
    assert placed.skipped["off_plane"] == 3
    assert placed.used == 0


def test_contours_that_stand_on_the_slices_are_another_view_not_slivers() -> None:
    # On sagittal planes, of an image whose slices are axial: no area there, but one of their own.
    standing = [np.column_stack([np.full(72, x), DISC[:, 0], DISC[:, 1] + 20]) for x in (0.3, 3.3)]
    flat = np.column_stack([DISC, np.full(72, 9.0)])
    line = np.array([[1.0, 2.0, 12.0], [4.0, 2.0, 12.0], [7.0, 2.0, 12.0]])
    points = np.concatenate([*standing, flat, line])
    placed = place(Contours(points, np.array([72, 72, 72, 3])), GRID)
    assert placed.skipped == {"off_plane": 2}
    assert (placed.used, placed.drawing.slivers) == (2, 1)
