"""Options of `convert` that change what a mask is, as a user types them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK

from conversion.worker_task import COLUMNS, ROWS, SLICES, convert, drawn, task_of, voxels_of
from rtstruct.conversion.task import Options
from rtstruct.home import Home
from rtstruct.phantom.grid import Grid, oblique, uniform
from rtstruct.phantom.identity import Study, phantom_uid
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.shapes import Solid, box, components, lens, minus, sphere
from rtstruct.phantom.structure_set import DrawnROI, draw, write_structure_set
from rtstruct.write.formats import SUFFIXES
from support.command import Command
from support.slow_rule import box as box_at
from support.slow_rule import circle
from support.workspace import Road, Sketch, write_catalog

if TYPE_CHECKING:
    from pathlib import Path

GRID = Grid(
    columns=30,
    rows=24,
    slices_mm=uniform(9, 3.0),
    row_spacing_mm=1.5,
    column_spacing_mm=1.2,
    directions=oblique(20, 10),
)
SOLIDS = {
    "ball": sphere((0.3, 0.2, 0.1), 9),
    "shell": minus(sphere((0, 0, 0), 12), sphere((0, 0, 0), 6)),
    "lens": lens((1.1, 0.7, 0), 10, 3),
    "crumb": box((0.2, 0.3, 0), (0.4, 0.3, 3)),
    "two": components(sphere((-8, 0, 0), 4), sphere((8, 0, 0), 4)),
}


def sketch(folder: Path, solids: dict[str, Solid], **changes: object) -> Sketch:
    image = write_image_series(folder / "image", GRID, Study(PatientID="P1"))
    rois = [DrawnROI(n, name, draw(solids[name], GRID)) for n, name in enumerate(solids, 1)]
    uid = write_structure_set(folder / "rt.dcm", rois, image, **changes)
    return Sketch(
        uid,
        list(solids),
        image.SeriesInstanceUID,
        file_path=str(folder / "rt.dcm"),
        image_paths=tuple(map(str, image.paths)),
    )


def test_the_sum_of_a_coverage_image_is_the_exact_volume(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    write_catalog(home, [sketch(tmp_path, SOLIDS)])
    command, road = Command(home), Road(home)
    words = ("convert", "--where", "true", "--workers", "1")
    assert command.run(*words)[0] == 0
    assert command.run(*words, "--coverage")[0] == 0
    # Neither takes the place of the other.
    assert road.sql("select count(*) from masks") == [(10,)]
    road.check_whole()
    rows = road.sql(
        "select ROIName, path, mask_volume_mL, contour_volume_mL, voxel_count from masks"
        " where list_contains(notes, 'coverage: shares of voxels from 0 to 1')"
    )
    assert {name for name, *_ in rows} == set(SOLIDS)
    for name, path, volume, contour_volume, count in rows:
        exact = SOLIDS[name].drawn_volume(GRID.slices_mm, 3.0)
        assert f"/coverage_00{[*SOLIDS].index(name) + 1}_{name}" in path
        image = SimpleITK.ReadImage(str(home.root / path))
        shares = SimpleITK.GetArrayFromImage(image)
        assert shares.dtype == np.float32
        assert shares.min() == 0
        assert shares.max() <= 1
        voxel = np.prod(image.GetSpacing()) / 1000
        assert shares.sum(dtype=float) * voxel == pytest.approx(exact, rel=1e-5)
        assert (volume, contour_volume) == pytest.approx((exact, exact), rel=1e-5)
        assert count == np.count_nonzero(shares)
        origin = image.TransformIndexToPhysicalPoint((0, 0, 0))
        assert origin == pytest.approx(GRID.position(0), abs=1e-4)


@pytest.mark.parametrize("file_format", SUFFIXES)
def test_coverage_is_the_same_in_every_format(tmp_path: Path, file_format: str) -> None:
    options = Options(format=file_format, coverage=True)
    task = task_of(tmp_path, {(1, "box"): drawn({3: [box_at(4, 5.25, 9.5, 12)]})}, options=options)
    outcome = convert(task, tmp_path)
    expected = np.zeros((SLICES, ROWS, COLUMNS))
    expected[3, 5:13, 4:10] = 1
    expected[3, [5, 12]] *= [[0.25], [0.5]]
    expected[3, :, 4] *= 0.5
    assert np.allclose(voxels_of(outcome, tmp_path, 1), expected)


def test_coverage_on_other_voxels(tmp_path: Path) -> None:
    options = Options(coverage=True, resample=(2.0, 4.0, 3.0))
    polygons = {k: [circle(14.1, 12.3, 7.7)] for k in range(2, 6)}
    (mask,) = convert(
        task_of(tmp_path, {(1, "rod"): drawn(polygons)}, options=options), tmp_path
    ).masks
    exact = 20 * np.sin(np.pi / 20) * 7.7**2 * 4 * 3 / 1000
    assert (mask.mask_volume_mL, mask.contour_volume_mL) == pytest.approx((exact, exact), rel=1e-6)


def test_the_coverage_of_a_traced_mask_is_the_mask(tmp_path: Path) -> None:
    traced = {k: [np.array([[4, 3], [20, 3], [20, 12], [4, 12]], float)] for k in range(2, 6)}
    options = Options(coverage=True)
    outcome = convert(task_of(tmp_path, {(1, "box"): drawn(traced)}, options=options), tmp_path)
    expected = np.zeros((SLICES, ROWS, COLUMNS))
    expected[2:6, 3:13, 4:21] = 1
    assert np.array_equal(voxels_of(outcome, tmp_path, 1), expected)
    assert outcome.masks[0].notes[-1].startswith("boundary_inclusive: 100.0%")


def test_coverage_stands_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    write_catalog(home, [])
    for other in (["--labelmap"], ["--engine", "plastimatch"]):
        code, _, messages = Command(home).run("convert", "--where", "true", "--coverage", *other)
        assert code == 2
        assert "--coverage cannot be combined with" in messages


def test_another_frame_of_reference_is_refused_unless_told(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    solids = {"ball": SOLIDS["ball"]}
    other = sketch(tmp_path, solids, frame_of_reference=phantom_uid("somewhere else"))
    write_catalog(home, [replace(other, reason_code="frame_of_reference_mismatch")])
    command, road = Command(home), Road(home)
    code, output, _ = command.run("convert", "--where", "true", "--json")
    assert code == 1
    assert json.loads(output)["not_converted"] == {"frame_of_reference_mismatch": 1}
    assert "--any-frame-of-reference" in command.run("status")[1]
    words = ("convert", "--where", "true", "--any-frame-of-reference")
    code, output, _ = command.run(*words)
    assert code == 0
    # A mask that is right only if coordinates agree is no silent success.
    assert "Look at these masks before use: 1 other_frame_of_reference" in output
    assert road.sql("select notes from masks") == [
        (["other_frame_of_reference: drawn in another than the image's"],)
    ]
    told = json.loads(command.run("status", "--json")[1])["warnings"]
    assert [(each["code"], each["masks"], each["structure_sets"]) for each in told] == [
        ("other_frame_of_reference", 1, 1)
    ]
    assert "ROI 1: drawn in another than the image's" in command.run("status")[1]
    statuses = road.sql("select status, parameters from conversions order by status")
    assert [(status, json.loads(text)["any_frame_of_reference"]) for status, text in statuses] == [
        ("done", True),
        ("skipped", False),
    ]
    assert "Nothing to do: 1 ROI converted" in command.run(*words)[1]


def test_statistics_of_the_image_are_columns_of_the_registry(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    write_catalog(home, [sketch(tmp_path, {"ball": SOLIDS["ball"]})])
    command, road = Command(home), Road(home)
    words = ("convert", "--where", "true", "--workers", "1", "--statistics", "--reference")
    assert command.run(*words)[0] == 0
    ((path, image, count, mean, low, high),) = road.sql(
        "select path, reference_path, image_voxel_count, image_mean, image_min, image_max"
        " from masks"
    )
    voxels, values = (
        SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(home.root / each)))
        for each in (path, image)
    )
    inside = values[voxels > 0].astype(float)
    assert (count, low, high) == (len(inside), inside.min(), inside.max())
    assert mean == pytest.approx(inside.mean())
    assert "--statistics" in command.run("convert", "--help")[1]
    code, _, told = command.run(*words, "--resample", "2", "--out", str(tmp_path / "other"))
    assert code == 2
    assert "statistics of the image are of its own voxels" in told
