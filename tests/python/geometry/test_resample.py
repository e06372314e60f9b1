"""Contours on uniform grids of another spacing: each voxel by the rule, one at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtstruct.errors import RtstructError
from rtstruct.geometry.contours import place
from rtstruct.geometry.resample import resampling
from rtstruct.geometry.scanline import rasterise
from rtstruct.geometry.spans import Spans
from support.sampled_grids import ACQUISITIONS, acquire, contours_mm
from support.slow_rule import even_odd, structures, truth

SPACINGS = [(1.0, 1.0, 1.0), (0.83, 1.37, 2.1), (3.3, 2.9, 7.0)]
CURVED = ("ring", "sphere", "components", "clipped", "every second slice", "wiggly", "body")


def nearest_slice(position: float, positions: np.ndarray) -> int:
    """The slice whose slab holds a position; half way, the upper one."""
    distance = np.abs(positions - position)
    return int(np.flatnonzero(distance <= distance.min() + 1e-6)[-1])


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("acquisition", ["axial", "irregular", "tilted gantry", "double oblique"])
def test_every_voxel_of_the_new_grid_follows_the_rule(
    acquisition: str, spacing: tuple[float, float, float]
) -> None:
    grid, origins, steps = acquire(acquisition)
    way = resampling(grid, spacing)
    target = way.target
    axes = np.column_stack([grid.row_direction, grid.column_direction])
    first = target.affine[:3, 3]
    every = structures(len(origins))
    for name in CURVED:
        planes = every[name]
        placed = place(contours_mm(planes, origins, steps), grid)
        found = rasterise(way.contours(placed), target.shape).to_array()
        expected = np.zeros(target.shape, dtype=bool)
        for k in range(target.shape[0]):
            centre = target.affine @ [0, 0, k, 1]
            plane = nearest_slice(centre[:3] @ grid.normal, origins @ grid.normal)
            polygons = [
                (origins[plane] + polygon @ steps - first) @ axes / spacing[:2]
                for polygon in planes.get(plane, [])
            ]
            expected[k] = even_odd(polygons, *target.shape[1:])
        assert np.array_equal(found, expected), name
        assert found.any(), name


@pytest.mark.parametrize("acquisition", ACQUISITIONS)
def test_the_new_grid_holds_the_image_and_no_centre_lies_outside_it(acquisition: str) -> None:
    grid, origins, steps = acquire(acquisition)
    axes = np.column_stack([grid.row_direction, grid.column_direction, grid.normal])
    _, rows, columns = grid.shape
    half = grid.spacing_mm[2] / 2, grid.spacing_mm[1] / 2
    corners = np.concatenate([origins, origins + (columns - 1) * steps[0] + (rows - 1) * steps[1]])
    low, high = (corners @ axes).min(axis=0), (corners @ axes).max(axis=0)
    low[:2] -= half
    high[:2] += half
    low[2], high[2] = grid.slab_borders[[0, -1]]
    for spacing in SPACINGS:
        target = resampling(grid, spacing).target
        assert target.is_affine
        size = np.array(target.shape[::-1])
        first = target.affine[:3, 3] @ axes
        last = first + (size - 1) * spacing
        edge = 2e-3 * np.array(spacing)
        assert (first >= low - edge).all()
        assert (last <= high + edge).all()
        assert (first - np.array(spacing) / 2 <= low + edge).all()
        assert (last + np.array(spacing) / 2 >= high - edge).all()
        assert np.linalg.det(target.affine) == pytest.approx(np.prod(spacing))


def test_the_image_s_own_spacing_gives_its_own_voxels() -> None:
    grid, origins, steps = acquire("non-square pixels")
    way = resampling(grid, grid.spacing_mm[::-1])
    assert way.target.shape == grid.shape
    assert np.allclose(way.target.affine, grid.affine)
    for name, planes in structures(len(origins)).items():
        placed = place(contours_mm(planes, origins, steps), grid)
        found = rasterise(way.contours(placed), grid.shape).to_array()
        assert np.array_equal(found, truth(name, planes, grid.shape))


@pytest.mark.parametrize("acquisition", ["axial", "irregular", "tilted gantry"])
@given(seed=st.integers(0, 10_000), spacing=st.sampled_from(SPACINGS))
def test_a_mask_is_taken_from_the_voxel_that_holds_each_centre(
    acquisition: str, seed: int, spacing: tuple[float, float, float]
) -> None:
    grid, origins, steps = acquire(acquisition)
    filled = np.random.default_rng(seed).random(grid.shape) < 0.3
    row_ends = np.pad(filled, ((0, 0), (0, 0), (1, 1))).astype(np.int8)
    k, j, start = np.nonzero(np.diff(row_ends) == 1)
    end = np.nonzero(np.diff(row_ends) == -1)[2]
    line = (k * grid.shape[1] + j) * grid.shape[2]
    way = resampling(grid, spacing)
    found = way.mask(Spans(line + start, line + end, grid.shape)).to_array()
    expected = np.zeros(way.target.shape, dtype=bool)
    per_voxel = np.linalg.norm(steps, axis=1)
    directions = steps.T / per_voxel
    i, j = np.meshgrid(np.arange(expected.shape[2]), np.arange(expected.shape[1]))
    for k in range(len(expected)):
        centre = (way.target.affine @ [0, 0, k, 1])[:3]
        plane = nearest_slice(centre @ grid.normal, origins @ grid.normal)
        column, row = (centre - origins[plane]) @ directions / per_voxel
        scale = np.array(spacing[:2]) / per_voxel
        source_i = np.floor(column + i * scale[0] + 0.5 + 1e-7).astype(int)
        source_j = np.floor(row + j * scale[1] + 0.5 + 1e-7).astype(int)
        inside = (source_i >= 0) & (source_i < grid.shape[2])
        inside &= (source_j >= 0) & (source_j < grid.shape[1])
        expected[k][inside] = filled[plane][source_j[inside], source_i[inside]]
    assert np.array_equal(found, expected)


def test_a_grid_beyond_all_measure_is_refused() -> None:
    grid, _, _ = acquire("axial")
    with pytest.raises(RtstructError) as caught:
        resampling(grid, (0.001, 0.001, 0.001))
    assert caught.value.code == "too_many_voxels"
