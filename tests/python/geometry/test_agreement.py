"""Agreement of masks against DeepMind's ``surface-distance``, formulas and a slow rule."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtstruct.geometry.agreement import Agreement, compare_masks
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.geometry.spans import from_array
from rtstruct.geometry.surface import surface_of

if TYPE_CHECKING:
    from rtstruct.geometry.grid import ImageGrid

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its use of older SciPy names
    import surface_distance
    from surface_distance import lookup_tables

Mask = np.ndarray[Any, np.dtype[np.bool_]]


def grid(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> ImageGrid:
    return grid_from_slices(
        [(0.0, 0.0, k * spacing[0]) for k in range(shape[0])],
        (1, 0, 0),
        (0, 1, 0),
        rows=shape[1],
        columns=shape[2],
        row_spacing_mm=spacing[1],
        column_spacing_mm=spacing[2],
        slice_thickness_mm=spacing[0],
    )


def ours(one: Mask, other: Mask, spacing: tuple[float, float, float], mm: float) -> Agreement:
    return compare_masks(from_array(one), from_array(other), grid(one.shape, spacing), mm)


def assert_as_outside(one: Mask, other: Mask, spacing: tuple[float, float, float]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = surface_distance.compute_surface_distances(one, other, spacing)
    means = surface_distance.compute_average_surface_distance(theirs)
    for tolerance in (0.0, 1.0, 2.5):
        found = ours(one, other, spacing, tolerance)
        assert found.surface_dice == pytest.approx(
            surface_distance.compute_surface_dice_at_tolerance(theirs, tolerance), abs=1e-6
        )
    assert found.dice == pytest.approx(
        surface_distance.compute_dice_coefficient(one, other), abs=1e-6
    )
    assert found.hausdorff_95_mm == pytest.approx(
        surface_distance.compute_robust_hausdorff(theirs, 95), abs=1e-6
    )
    assert found.mean_distance_a_to_b_mm == pytest.approx(means[0], abs=1e-6)
    assert found.mean_distance_b_to_a_mm == pytest.approx(means[1], abs=1e-6)
    assert found.mean_surface_distance_mm == pytest.approx(sum(means) / 2, abs=1e-6)


@given(
    spacing=st.tuples(*[st.floats(0.3, 6)] * 3),
    shape=st.tuples(*[st.integers(1, 9)] * 3),
    share=st.sampled_from([0.02, 0.2, 0.5, 0.9]),
    seed=st.integers(0, 9999),
)
@settings(deadline=None, max_examples=60)
def test_any_voxels_give_the_outside_values(
    spacing: tuple[float, float, float], shape: tuple[int, int, int], share: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.random(shape) < share, rng.random(shape) < share
    one.flat[rng.integers(one.size)] = other.flat[rng.integers(one.size)] = True
    assert_as_outside(one, other, spacing)


def ball(
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
    centre: tuple[float, float, float],
    radius: float,
) -> Mask:
    """Voxels whose centres lie inside a ball; all in mm."""
    places = np.indices(shape) * np.reshape(spacing, (3, 1, 1, 1))
    return ((places - np.reshape(centre, (3, 1, 1, 1))) ** 2).sum(axis=0) <= radius**2


@pytest.mark.parametrize(
    ("centre", "radius"),
    [((45, 40, 40), 25), ((48, 43, 38), 22), ((45, 40, 40), 8), ((15, 12, 65), 10)],
    ids=["same", "shifted", "inside", "disjoint"],
)
def test_balls_give_the_outside_values(centre: tuple[float, float, float], radius: float) -> None:
    shape, spacing = (30, 80, 80), (3.0, 1.0, 1.0)
    one = ball(shape, spacing, (45, 40, 40), 25)
    assert_as_outside(one, ball(shape, spacing, centre, radius), spacing)


@pytest.mark.parametrize("spacing", [(1, 1, 1), (3, 0.9765625, 0.9765625), (0.4, 5.1, 2.2)])
def test_every_patch_is_as_large_as_outside(spacing: tuple[float, float, float]) -> None:
    theirs = lookup_tables.create_table_neighbour_code_to_surface_area(spacing)
    for code in range(256):
        bits = np.array([code >> bit & 1 for bit in range(7, -1, -1)]).reshape(2, 2, 2)
        shape = (4, 4, 4)
        mask = np.zeros(shape, bool)
        mask[1:3, 1:3, 1:3] = bits
        surface = surface_of(from_array(mask), spacing)
        middle = (surface.cells == 1).all(axis=1)
        assert surface.areas[middle].sum() == pytest.approx(theirs[code], abs=1e-9)


def test_a_shifted_box_by_hand() -> None:
    one, other = np.zeros((2, 10, 20, 20), bool)
    one[2:8, 5:15, 4:14] = True
    other[2:8, 5:15, 7:17] = True
    found = ours(one, other, (2.0, 1.0, 1.0), 3.0)
    assert found.dice == pytest.approx(0.7)
    assert found.jaccard == pytest.approx(420 / 780)
    assert found.shared_voxel_count == 6 * 10 * 7
    assert found.surface_dice == 1
    assert found.hausdorff_95_mm == 3
    assert found.centroid_shift_mm == pytest.approx(3)
    # Of the 36 voxels of an outline 7 of its upper and 7 of its lower side lie on the other's.
    assert found.added_path_length_mm == 6 * (36 - 14)


def test_what_is_empty_has_no_distance() -> None:
    empty, full = np.zeros((2, 4, 5, 6), bool)
    full[1:3, 1:4, 2:5] = True
    nothing = ours(empty, empty, (2, 1, 1), 1)
    assert nothing == Agreement(None, None, 0, *[None] * 7)
    for one, other, path in ((full, empty, 2 * 8.0), (empty, full, 0.0)):
        assert ours(one, other, (2, 1, 1), 1) == Agreement(
            0, 0, 0, 0, None, None, None, None, path, None
        )


def test_masks_on_other_grids_are_refused() -> None:
    one = from_array(np.ones((3, 4, 5), bool))
    with pytest.raises(ValueError, match="one shape"):
        compare_masks(one, from_array(np.ones((3, 4, 6), bool)), grid((3, 4, 5), (1, 1, 1)), 1)


@given(share=st.sampled_from([0.1, 0.5, 0.9]), seed=st.integers(0, 9999))
@settings(deadline=None)
def test_added_path_is_counted_voxel_by_voxel(share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (2, 6, 7)
    one, other = rng.random(shape) < share, rng.random(shape) < share

    def on_outline(mask: Mask, k: int, j: int, i: int) -> bool:
        around = [(j - 1, i), (j + 1, i), (j, i - 1), (j, i + 1)]
        inside = [
            0 <= row < 6 and 0 <= column < 7 and mask[k, row, column] for row, column in around
        ]
        return bool(mask[k, j, i]) and not all(inside)

    added = sum(
        on_outline(one, *voxel) and not on_outline(other, *voxel) for voxel in np.ndindex(shape)
    )
    found = ours(one, other, (3, 2, 0.5), 1).added_path_length_mm
    if one.any() or other.any():
        assert found == pytest.approx(added)
    else:
        assert found is None
