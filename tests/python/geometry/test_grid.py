"""What kind of stack a series is, and which slice a contour belongs to."""

from __future__ import annotations

import numpy as np
import pytest

from rtstruct.errors import RtstructError
from rtstruct.geometry.contours import Contours, place
from rtstruct.geometry.grid import ImageGrid, grid_from_slices


def stack(positions: list[float], **changes: object) -> ImageGrid:
    arguments: dict[str, object] = {
        "rows": 10,
        "columns": 12,
        "row_spacing_mm": 1.0,
        "column_spacing_mm": 2.0,
        **changes,
    }
    origins = [[0.0, 0.0, z] for z in positions]
    return grid_from_slices(origins, [1, 0, 0], [0, 1, 0], **arguments)


@pytest.mark.parametrize(
    ("positions", "kind", "missing"),
    [
        ([0, 3, 6, 9], "uniform", ()),
        ([0.0, 0.63, 1.25, 1.88, 2.5], "uniform", ()),
        ([0, 3, 6, 12, 15, 18], "completed", (3,)),
        ([0, 3, 9, 12, 21, 24, 27], "completed", (2, 5, 6)),
        ([0, 3, 6, 9, 10.5, 12], "irregular", ()),
        ([0, 2.5, 5, 7.5, 12.5, 17.5, 22.5], "irregular", ()),
        ([0, 1, 5, 6, 10, 14, 15], "irregular", ()),
        ([0, 3, 6.2, 9], "irregular", ()),
        ([0, 3, 6, 9, 12, 15, 3e6], "irregular", ()),
        ([5], "uniform", ()),
        ([0, 3, 3, 6, 6], "uniform", ()),
    ],
)
def test_stacks(positions: list[float], kind: str, missing: tuple[int, ...]) -> None:
    grid = stack(positions)
    assert (grid.kind, grid.missing_slices) == (kind, missing)
    # Every slice that has an image lies where the image says, whatever is between.
    present = np.delete(grid.slice_positions, missing)
    assert np.allclose(present, sorted(set(positions)), atol=0.01)
    if grid.is_affine:
        k = np.arange(grid.shape[0])
        placed = grid.affine @ np.array([0 * k, 0 * k, k, 0 * k + 1])
        assert np.allclose(np.delete(placed[2], missing), present, atol=0.01)


def test_the_thickness_of_a_single_slice_is_what_the_header_says() -> None:
    assert stack([5], slice_thickness_mm=4.0).spacing_mm == (4.0, 1.0, 2.0)
    assert stack([5], slice_thickness_mm=0.0).spacing_mm == (1.0, 1.0, 2.0)


@pytest.mark.parametrize(
    "changes",
    [{"rows": 0}, {"row_spacing_mm": 0.0}, {"column_spacing_mm": float("nan")}],
)
def test_headers_that_span_no_grid_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(RtstructError) as caught:
        stack([0, 3], **changes)
    assert caught.value.code == "invalid_geometry"


@pytest.mark.parametrize("column_direction", [[1, 0, 0], [0, 0, 0], [0.5, 0.9, 0], [0, np.nan, 0]])
def test_directions_that_are_no_axes_are_refused(column_direction: list[float]) -> None:
    with pytest.raises(RtstructError) as caught:
        grid_from_slices(
            [[0, 0, 0]],
            [1, 0, 0],
            column_direction,
            rows=2,
            columns=2,
            row_spacing_mm=1,
            column_spacing_mm=1,
        )
    assert caught.value.code == "invalid_geometry"


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        (3.0, 1),
        (3.75, 1),  # a quarter of a slice away
        (2.25, 1),
        (4.5, 2),  # exactly half way: the upper one
        (4.4999999, 2),  # and rounding does not decide
        (1.5, 1),
        (-1.5, 0),  # the slabs at the ends are as thick as the others
        (10.4, 3),
        (10.5, -1),
        (-1.6, -1),
        (-40.0, -1),
        (400.0, -1),
    ],
)
def test_the_slab_that_holds_a_contour(z: float, expected: int) -> None:
    assert stack([0, 3, 6, 9]).slices_at(np.array([z])).tolist() == [expected]


def triangles(*heights: tuple[float, float, float]) -> Contours:
    """One triangle for each three heights of its corners."""
    corners = np.array([[2.0, 2.0], [9.0, 2.0], [2.0, 7.0]])
    points = [np.column_stack([corners, z]) for z in heights]
    return Contours(np.concatenate(points), np.full(len(points), 3))


def test_contours_outside_the_stack_are_left_out_never_moved_to_the_other_end() -> None:
    placed = place(triangles((-30, -30, -30), (3, 3, 3), (90, 90, 90)), stack([0, 3, 6, 9]))
    assert placed.slices.tolist() == [1]
    assert placed.skipped == {"outside_stack": 2}


def test_contours_tilted_slightly_stay_on_their_slice() -> None:
    placed = place(triangles((2.6, 3.2, 3.5), (5.6, 6.2, 6.5)), stack([0, 3, 6, 9]))
    assert placed.slices.tolist() == [1, 2]


def test_contours_across_several_slices_lie_on_none() -> None:
    placed = place(triangles((0, 5, 9), (3, 3, 3)), stack([0, 3, 6, 9]))
    assert placed.slices.tolist() == [1]
    assert placed.skipped == {"off_plane": 1}


def test_planes_finer_than_the_slices_do_not_punch_holes_into_each_other() -> None:
    # Contours every millimetre on slices of three: one plane a slice counts, the nearest.
    heights = [(float(z),) * 3 for z in range(10)]
    placed = place(triangles(*heights), stack([0, 3, 6, 9]))
    assert placed.slices.tolist() == [0, 1, 2, 3]
    assert placed.skipped == {"between_slices": 6}


def test_jitter_does_not_part_the_contours_of_a_plane() -> None:
    one, other = triangles((3.01, 3.01, 3.01)), triangles((2.98, 2.98, 2.98))
    points = np.concatenate([one.points_mm, other.points_mm + np.array([20, 0, 0])])
    placed = place(Contours(points, np.array([3, 3])), stack([0, 3, 6, 9], columns=20))
    assert placed.slices.tolist() == [1, 1]
    assert not placed.skipped


def test_contours_that_reach_out_of_the_image_are_counted() -> None:
    assert place(triangles((3, 3, 3)), stack([0, 3], columns=4)).clipped == 1
    assert place(triangles((3, 3, 3)), stack([0, 3])).clipped == 0


def test_no_contours_are_no_problem() -> None:
    placed = place(Contours(np.empty((0, 3)), np.empty(0, dtype=np.int64)), stack([0, 3]))
    assert len(placed.counts) == 0
