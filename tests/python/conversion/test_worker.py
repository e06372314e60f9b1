"""A task into masks: every acquisition and every oddity, through real DICOM files."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK

from conversion.worker_task import (
    BALL,
    BALL_MASK,
    COLUMNS,
    ROWS,
    SLICES,
    TILTED,
    ROIs,
    convert,
    drawn,
    image_of,
    origins_of,
    task_of,
    voxels_of,
)
from rtstruct.conversion.task import MaskOverlap, Options
from rtstruct.write.formats import SUFFIXES
from support.dicom_files import (
    AXIAL,
    contour,
    enhanced,
    files_in,
    write_series,
)
from support.slow_rule import box, circle, keyhole, structures, truth, volume

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("axes", "spacing"),
    [
        (AXIAL, (1.0, 1.0)),
        (AXIAL, (1.5, 2.25)),
        (np.array([[-1.0, 0, 0], [0, -1, 0]]), (1.0, 1.0)),
        (np.array([[0.0, 1, 0], [0, 0, -1]]), (0.9, 0.9)),
        (np.array([[1.0, 0, 0], [0, 0, -1]]), (0.9, 1.1)),
        (TILTED, (0.7, 0.8)),
    ],
    ids=["axial", "non-square", "prone", "sagittal", "coronal", "double oblique"],
)
def test_voxels_are_right_and_lie_where_they_should(
    tmp_path: Path, axes: np.ndarray, spacing: tuple[float, float]
) -> None:
    shapes = structures(SLICES)
    rois: ROIs = {
        (n, name): drawn(planes, axes, spacing) for n, (name, planes) in enumerate(shapes.items())
    }
    files = write_series(tmp_path / "ct", origins_of(axes), axes=axes, spacing=spacing)
    outcome = convert(task_of(tmp_path, rois, files=files), tmp_path)
    assert outcome.failures == ()
    # Closed contours of one and two points are points.
    assert {point.ROIName for point in outcome.points} == {"line", "point"}
    steps = axes * [[spacing[1]], [spacing[0]]]
    for mask in outcome.masks:
        planes = shapes[mask.ROIName]
        expected = truth(mask.ROIName, planes, (SLICES, ROWS, COLUMNS))
        found = voxels_of(outcome, tmp_path, mask.ROINumber)
        assert np.array_equal(found, expected), mask.ROIName
        assert mask.voxel_count == expected.sum()
        assert mask.slice_count == expected.any(axis=(1, 2)).sum()
        voxel_mL = spacing[0] * spacing[1] * 3.0 / 1000
        assert mask.mask_volume_mL == pytest.approx(expected.sum() * voxel_mL)
        if expected.any():
            k, j, i = np.nonzero(expected)
            centres = origins_of(axes)[k] + np.column_stack([i, j]) @ steps
            assert mask.centroid_mm == pytest.approx(tuple(centres.mean(axis=0)), abs=1e-4)
            image = image_of(outcome, tmp_path, mask.ROINumber)
            first = (int(i[0]), int(j[0]), int(k[0]))
            assert image.TransformIndexToPhysicalPoint(first) == pytest.approx(
                tuple(centres[0]), abs=1e-4
            )


def test_what_masks_are_like_and_which_overlap_is_told(tmp_path: Path) -> None:
    ring = {k: [circle(14, 12, 6), circle(14, 12, 3)] for k in (2, 3, 5)}
    rois: ROIs = {(7, "ball"): drawn(BALL), (1, "ring"): drawn(ring), (4, "none"): []}
    outcome = convert(task_of(tmp_path, rois), tmp_path)
    shapes = {mask.ROINumber: mask.shape for mask in outcome.masks}
    assert shapes[7] is not None
    assert shapes[1] is not None
    assert (shapes[7].component_count, shapes[7].gap_slice_count) == (1, 0)
    assert (shapes[1].component_count, shapes[1].gap_slice_count) == (2, 1)
    shared = (volume(ring, (SLICES, ROWS, COLUMNS)) & BALL_MASK).sum()
    assert outcome.mask_overlaps == (MaskOverlap(1, 7, shared),)


def test_missing_slices_are_completed_and_said(tmp_path: Path) -> None:
    files = write_series(tmp_path / "ct", np.delete(origins_of(), 3, axis=0))
    outcome = convert(task_of(tmp_path, {(1, "ball"): drawn(BALL)}, files=files), tmp_path)
    assert np.array_equal(voxels_of(outcome, tmp_path, 1), BALL_MASK)
    assert "completed_grid: slices without image: 1" in outcome.masks[0].notes
    # SimpleITK stacks the files that there are; the docs say so.
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path / "ct")))
    assert (reader.Execute().GetSize()[2], voxels_of(outcome, tmp_path, 1).shape[0]) == (7, 8)


def test_a_series_that_lacks_slices_is_refused_if_asked(tmp_path: Path) -> None:
    files = write_series(tmp_path / "ct", np.delete(origins_of(), 3, axis=0))
    options = Options(missing_slices="refuse")
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)}, files=files, options=options)
    outcome = convert(task, tmp_path)
    assert not outcome.masks
    assert (outcome.status, outcome.error_code) == ("failed", "missing_slices")


def test_slices_between_contours_are_filled_if_asked(tmp_path: Path) -> None:
    every_second = {k: [circle(14, 12, 7)] for k in (1, 3, 5)}
    gaps = convert(task_of(tmp_path / "gaps", {(1, "rod"): drawn(every_second)}), tmp_path / "a")
    assert gaps.status == "partial"
    codes = [note.split(":")[0] for note in gaps.masks[0].notes]
    assert codes == ["empty_slices", "volume_lost"]
    options = Options(interpolate=True)
    task = task_of(tmp_path / "filled", {(1, "rod"): drawn(every_second)}, options=options)
    filled = convert(task, tmp_path / "b")
    note = filled.masks[0].notes[0]
    assert note.startswith("interpolated: slices filled between contours: 2;")
    found = voxels_of(filled, tmp_path / "b", 1)
    # The last contour reaches half way to where the next one would be.
    expected = volume({k: [circle(14, 12, 7)] for k in range(1, 7)}, (SLICES, ROWS, COLUMNS))
    assert np.array_equal(found, expected)


def test_contours_of_type_xor_overlap_even_odd(tmp_path: Path) -> None:
    strokes = {k: [circle(11, 12, 5), circle(16, 12, 5)] for k in (2, 3, 4)}
    rois: ROIs = {
        (1, "strokes"): drawn(strokes),
        (2, "exclusive"): drawn(strokes, geometric_type="CLOSEDPLANAR_XOR"),
    }
    outcome = convert(task_of(tmp_path, rois), tmp_path)
    shape = (SLICES, ROWS, COLUMNS)
    assert np.array_equal(voxels_of(outcome, tmp_path, 1), truth("overlapping", strokes, shape))
    assert np.array_equal(voxels_of(outcome, tmp_path, 2), volume(strokes, shape))
    assert all(any(n.startswith("overlapping:") for n in mask.notes) for mask in outcome.masks)


@pytest.mark.parametrize("kind", ["irregular", "tilted"])
def test_what_no_affine_can_say_is_refused_but_points_are_kept(tmp_path: Path, kind: str) -> None:
    origins = origins_of()
    origins[:, 2] += [0, 0, 1, 0, 0.5, 0, 0, 0] if kind == "irregular" else 0
    origins[:, 1] += np.arange(SLICES) * 0.5 if kind == "tilted" else 0
    files = write_series(tmp_path / "ct", origins)
    rois: ROIs = {(1, "ball"): drawn(BALL), (2, "seed"): [contour([[1.0, 2, 3]], "POINT")]}
    outcome = convert(task_of(tmp_path, rois, files=files), tmp_path)
    code = {"irregular": "irregular_spacing", "tilted": "sheared_stack"}[kind]
    assert (outcome.status, outcome.error_code, outcome.masks) == ("partial", code, ())
    assert [failure.error_code for failure in outcome.failures] == [code]
    assert (outcome.points[0].x_mm, outcome.points[0].y_mm, outcome.points[0].z_mm) == (1, 2, 3)
    assert not list(tmp_path.rglob("*.nii.gz"))


def test_an_enhanced_multi_frame_image(tmp_path: Path) -> None:
    (tmp_path / "ct").mkdir()
    enhanced(origins_of(TILTED), TILTED, (1.0, 1.0)).save_as(tmp_path / "ct" / "all.dcm")
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL, TILTED)}, files=files_in(tmp_path / "ct"))
    outcome = convert(task, tmp_path)
    assert np.array_equal(voxels_of(outcome, tmp_path, 1), BALL_MASK)


def test_each_kind_of_contour_has_its_treatment(tmp_path: Path) -> None:
    ring = {k: [circle(14, 12, 6), circle(14, 12, 3)] for k in range(2, 6)}
    hole = {k: [keyhole(circle(14, 12, 6), circle(14, 12, 3))] for k in range(2, 6)}
    rois: ROIs = {
        (1, "xor"): drawn(ring, geometric_type="CLOSEDPLANAR_XOR"),
        (2, "planar"): drawn(ring),
        (3, "keyhole"): drawn(hole),
        (4, "interpolated"): drawn(ring, geometric_type="INTERPOLATED_PLANAR"),
        (5, "old spelling"): drawn(ring, geometric_type="CLOSEDPLANAR"),
        (6, "open"): drawn(ring, geometric_type="OPEN_PLANAR"),
        (7, "curve in space"): drawn(ring, geometric_type="OPEN_NONPLANAR"),
        (8, "seeds"): drawn({2: [np.array([[3.0, 4]])]}, geometric_type="POINT"),
        (9, "no item"): None,
        (10, "no contours"): [],
        (11, "mixed"): drawn(ring) + drawn(BALL, geometric_type="OPEN_PLANAR"),
        (12, "unheard of"): drawn(ring, geometric_type="SPLINE"),
    }
    outcome = convert(task_of(tmp_path, rois), tmp_path)
    expected = volume(ring, (SLICES, ROWS, COLUMNS))
    for number in (1, 2, 3, 4, 5, 11):
        assert np.array_equal(voxels_of(outcome, tmp_path, number), expected), number
    assert {failure.ROINumber: failure.error_code for failure in outcome.failures} == {
        6: "open_contours",
        7: "open_contours",
        9: "empty_roi",
        10: "empty_roi",
        12: "no_closed_contours",
    }
    (point,) = outcome.points
    assert (point.ROINumber, point.ROIName) == (8, "seeds")
    assert (point.x_mm, point.y_mm, point.z_mm) == pytest.approx((-48.3, 31.9, 119.0))
    mixed = next(mask for mask in outcome.masks if mask.ROINumber == 11)
    assert (mixed.contours_used, mixed.contours_skipped) == (8, 4)
    assert "open: contours left out: 4" in mixed.notes
    assert (outcome.status, outcome.error_code) == ("partial", "open_contours")


def test_all_is_done_when_only_empty_rois_gave_nothing(tmp_path: Path) -> None:
    outcome = convert(task_of(tmp_path, {(1, "ball"): drawn(BALL), (2, "none"): []}), tmp_path)
    assert (outcome.status, outcome.error_code) == ("done", None)
    assert len(outcome.failures) == 1
    nothing = convert(task_of(tmp_path / "b", {(2, "none"): []}), tmp_path)
    assert (nothing.status, nothing.error_code) == ("skipped", "no_contours")


def test_an_offset_that_is_not_applied_is_told(tmp_path: Path) -> None:
    beside = drawn(BALL)
    beside[0].ContourOffsetVector = [0, 0, 1.5]
    outcome = convert(task_of(tmp_path, {(1, "ball"): beside}), tmp_path)
    assert outcome.status == "partial"
    told = "contour_offset: contours whose ContourOffsetVector is not applied: 1"
    assert told in outcome.masks[0].notes


def test_contours_that_are_left_out_are_counted_with_the_reason(tmp_path: Path) -> None:
    outside = contour(np.column_stack([circle(-40, 35, 6), np.full(40, 400.0)]))
    across = contour(np.array([[-40, 30, 113], [-30, 30, 120], [-40, 40, 134]]))
    line = drawn({3: [np.array([[3.0, 3], [9, 8]])]})
    rois: ROIs = {
        (1, "ball"): [*drawn(BALL), outside, across, *line],
        (2, "beside"): drawn({3: [circle(-50, 12, 6)]}),
        (3, "below"): [outside],
        (4, "half"): drawn({3: [circle(0, 12, 6)]}),
    }
    outcome = convert(task_of(tmp_path, rois), tmp_path)
    ball = outcome.masks[0]
    assert np.array_equal(voxels_of(outcome, tmp_path, 1), BALL_MASK)
    assert (ball.contours_used, ball.contours_skipped) == (4, 3)
    assert sorted(note for note in ball.notes if "left out" in note) == [
        "off_plane: contours left out: 1",
        "outside_stack: contours left out: 1",
        "too_few_points: contours left out: 1",
    ]
    # The contours have the volume of the one above the image too.
    assert any(note.startswith("volume_lost: ") for note in ball.notes)
    codes = {failure.ROINumber: failure.error_code for failure in outcome.failures}
    assert codes == {2: "outside_image", 3: "no_usable_contour"}
    assert "clipped: contours that reach out of the image: 1" in outcome.masks[1].notes
    assert outcome.status == "partial"


def test_contours_finer_than_the_slices_keep_the_volume_and_are_counted(tmp_path: Path) -> None:
    # A ball of 7 mm, drawn every 1.5 mm on slices of 3 mm.
    heights = np.arange(-6, 6.1, 1.5)
    middle = origins_of()[4]
    contours = [
        contour(
            np.column_stack([circle(14, 12, float(np.sqrt(49 - h**2)), 200), np.full(200, h)])
            + middle
        )
        for h in heights
    ]
    outcome = convert(task_of(tmp_path, {(1, "ball"): contours}), tmp_path)
    (mask,) = outcome.masks
    assert (mask.contours_used, mask.contours_skipped) == (5, 4)
    assert mask.notes == (
        "between_slices: contours left out: 4",
        "off_slices: planes 0.50 slices apart; each slice takes the nearest",
    )
    assert outcome.status == "done"
    # Those on the slices are filled, none is combined with another.
    planes = {4 + k: [circle(14, 12, float(np.sqrt(49 - 9 * k**2)), 200)] for k in range(-2, 3)}
    expected = volume(planes, (SLICES, ROWS, COLUMNS))
    assert np.array_equal(voxels_of(outcome, tmp_path, 1), expected)
    assert mask.contour_volume_mL == pytest.approx(4 / 3 * np.pi * 7**3 / 1000, rel=0.02)


def test_names_that_repeat_or_are_paths_stay_apart_and_inside(tmp_path: Path) -> None:
    names = ["Lung", "Lung", "lung", "../evil", "/etc/passwd", "", "CON", "左肺", "x" * 64, "a/b"]
    rois: ROIs = {(n, name): drawn(BALL) for n, name in enumerate(names)}
    staging = tmp_path / "deep" / "staging"
    outcome = convert(task_of(tmp_path / "in", rois), staging)
    written = list(tmp_path.rglob("*.nii.gz"))
    assert len(outcome.masks) == len(written) == len(names)
    assert all(path.parent == staging / "patient" / "set" for path in written)
    assert all(mask.ROIName == names[mask.ROINumber] for mask in outcome.masks)
    assert outcome.masks[7].path.endswith("_左肺.nii.gz")


def test_a_sub_voxel_structure_is_an_empty_mask_that_says_so(tmp_path: Path) -> None:
    rois: ROIs = {(1, "tiny"): drawn({3: [box(5.2, 5.2, 5.6, 5.6)]}), (2, "ball"): drawn(BALL)}
    outcome = convert(task_of(tmp_path, rois), tmp_path)
    tiny = outcome.masks[0]
    assert (tiny.voxel_count, tiny.bounding_box_ijk, tiny.centroid_mm) == (0, None, None)
    assert tiny.contour_volume_mL == pytest.approx(0.4 * 0.4 * 3 / 1000)
    assert [note.split(":")[0] for note in tiny.notes] == ["single_plane", "no_voxel"]
    assert np.array_equal(voxels_of(outcome, tmp_path, 2), BALL_MASK)


def traced() -> dict[int, list[np.ndarray]]:
    """A disc of voxels as tracing software outlines it: from voxel centre to voxel centre."""
    outline = [(7, 4), (11, 4), (14, 7), (14, 11), (11, 14), (7, 14), (4, 11), (4, 7)]
    return {k: [np.array(outline, float)] for k in range(2, 6)}


def octagon() -> np.ndarray:
    j, i = np.mgrid[:ROWS, :COLUMNS]
    inside = (abs(i - 9) <= 5) & (abs(j - 9) <= 5) & (abs(i - 9) + abs(j - 9) <= 7)
    mask = np.zeros((SLICES, ROWS, COLUMNS))
    mask[2:6] = inside
    return mask


def test_contours_traced_from_a_mask_give_it_back(tmp_path: Path) -> None:
    outcome = convert(task_of(tmp_path, {(1, "traced"): drawn(traced())}), tmp_path)
    assert np.array_equal(voxels_of(outcome, tmp_path, 1), octagon())
    assert outcome.masks[0].notes == (
        "boundary_inclusive: 100.0% of the vertices sampled lie on voxel centres",
    )


def test_the_rule_is_chosen_for_the_set_not_for_the_rois_asked_for(tmp_path: Path) -> None:
    rois: ROIs = {(1, "traced"): drawn(traced()), (2, "ball"): drawn(BALL)}
    together = convert(task_of(tmp_path, rois), tmp_path)
    assert np.array_equal(
        voxels_of(together, tmp_path, 1), volume(traced(), (SLICES, ROWS, COLUMNS))
    )
    assert together.masks[0].notes == ()


@pytest.mark.parametrize("boundary", ["centre", "inclusive"])
def test_the_rule_can_be_forced(tmp_path: Path, boundary: str) -> None:
    options = Options(boundary=boundary)
    rois: ROIs = {(1, "traced"): drawn(traced())}
    outcome = convert(task_of(tmp_path, rois, options=options), tmp_path)
    centre = volume(traced(), (SLICES, ROWS, COLUMNS))
    expected = centre if boundary == "centre" else octagon()
    assert np.array_equal(voxels_of(outcome, tmp_path, 1), expected)


@pytest.mark.parametrize("file_format", SUFFIXES)
def test_same_input_same_bytes(tmp_path: Path, file_format: str) -> None:
    options = Options(format=file_format)
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)}, options=options)
    first, second = (convert(task, tmp_path / name) for name in ("a", "b"))
    assert first.masks[0].sha256 == second.masks[0].sha256
    assert np.array_equal(voxels_of(first, tmp_path / "a", 1), BALL_MASK)
    # The order of files says nothing.
    files = write_series(tmp_path / "other", origins_of()[::-1])
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)}, files=files, options=options)
    assert convert(task, tmp_path / "c").masks[0].sha256 == first.masks[0].sha256


def test_the_hot_path_imports_numpy_and_nothing_heavier() -> None:
    heavy = "pydicom SimpleITK pandas duckdb rich dbt"
    program = (
        "import sys, rtstruct.conversion.masks.worker; "
        f"print([name for name in {heavy.split()} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
