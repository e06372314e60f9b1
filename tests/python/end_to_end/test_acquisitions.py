"""Every acquisition, from files to masks on the command line, against the slow rule.

Each is a patient with the same structures, drawn in voxels: right is the same mask for all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import SimpleITK

from end_to_end.conftest import Road
from rtstruct.codes import codes
from support.acquisitions import (
    ACQUISITIONS,
    COLUMNS,
    PLAIN,
    ROWS,
    SLICES,
    STRUCTURES,
    drawn,
    write,
)
from support.slow_rule import truth

TRUTH = {n: truth(n, planes, (SLICES, ROWS, COLUMNS)) for n, planes in STRUCTURES.items()}
NO_AREA = ("line", "point")
REFUSED = {"tilted gantry": "sheared_stack", "non-uniform": "irregular_spacing"}
RIGHT = [name for name in ACQUISITIONS if name not in REFUSED]


@dataclass(frozen=True)
class Results:
    road: Road
    forecast: dict[str, Any]
    """What a dry run said before."""
    first: dict[str, Any]
    """What the first of three conversions said."""

    def masks(self, patient: str) -> dict[str, dict[str, Any]]:
        """Rows of masks by the structure that they are of."""
        rows = self.road.registry("select * from masks where PatientID = ?", patient)
        names = list(STRUCTURES)
        return {names[row["ROINumber"] - 1]: row for row in rows}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Convert everything; then what was refused, with the options that allow it."""
    home = tmp_path_factory.mktemp("acquisitions")
    for name, acquisition in ACQUISITIONS.items():
        write(home / "dicom" / name, name, acquisition)
    road = Road(home)
    assert road.here("index", str(home / "dicom")).returncode <= 1
    # What `convert` reads; others test the rest of the catalog.
    models = "+conversion_worklist +rtstruct_rois +rtstruct_series +image_instances"
    tests = "resource_type:test resource_type:unit_test"
    built = road.here("build", "--select", models, "--exclude", tests)
    assert built.returncode == 0, built.stdout + built.stderr
    forecast = road.here("convert", "--where", "true", "--dry-run", "--json")
    first = road.here("convert", "--where", "true", "--json")
    for where, option in (
        ("PatientID in ('tilted gantry', 'non-uniform')", ["--resample", "1,1,3"]),
        ("PatientID = 'another frame'", ["--any-frame-of-reference"]),
    ):
        again = road.here("convert", "--where", where, *option)
        assert "Traceback" not in again.stderr
    return Results(road, json.loads(forecast.stdout), json.loads(first.stdout))


def test_there_are_structures_enough() -> None:
    assert len(STRUCTURES) >= 25
    assert len(STRUCTURES["body"][3][0]) == 500


@pytest.mark.parametrize("name", RIGHT)
def test_every_voxel_is_right_and_lies_where_it_should(results: Results, name: str) -> None:
    acquisition = ACQUISITIONS[name]
    grid = acquisition.grid
    masks = results.masks(name)
    assert masks.keys() == STRUCTURES.keys() - set(NO_AREA)
    for structure, row in masks.items():
        # Exactly half way is that of the slice whose image the contour names.
        expected = TRUTH[structure]
        path = results.road.file(row["path"])
        assert path.resolve().is_relative_to(results.road.masks.resolve())
        image = SimpleITK.ReadImage(str(path))
        found = SimpleITK.GetArrayFromImage(image)
        assert np.array_equal(found, expected), structure
        assert row["voxel_count"] == expected.sum()
        assert row["slice_count"] == expected.any(axis=(1, 2)).sum()
        for k in (0, SLICES - 1):
            assert image.TransformIndexToPhysicalPoint((0, 0, k)) == pytest.approx(
                grid.position(k), abs=1e-3
            )
        corner = np.array([(COLUMNS - 1) / 2 * grid.column_spacing_mm, 0, grid.slices_mm[0]])
        corner[1] = (ROWS - 1) / 2 * grid.row_spacing_mm
        assert image.TransformIndexToPhysicalPoint((COLUMNS - 1, ROWS - 1, 0)) == pytest.approx(
            tuple(grid.to_patient(corner[None])[0]), abs=1e-3
        )


@pytest.mark.parametrize("name", ACQUISITIONS)
def test_closed_contours_of_one_or_two_points_are_points(results: Results, name: str) -> None:
    rows = results.road.registry("select distinct ROINumber from points where PatientID = ?", name)
    assert {list(STRUCTURES)[row["ROINumber"] - 1] for row in rows} == set(NO_AREA)


@pytest.mark.parametrize("name", ACQUISITIONS)
def test_nothing_else_is_refused(results: Results, name: str) -> None:
    rows = results.road.registry(
        "select ROINumber, error_code from roi_failures where PatientID = ?"
        " and error_code not in ('frame_of_reference_mismatch', 'sheared_stack',"
        " 'irregular_spacing')",
        name,
    )
    codes = {list(STRUCTURES)[row["ROINumber"] - 1]: row["error_code"] for row in rows}
    assert codes == {}


def test_completed_slices_are_flagged(results: Results) -> None:
    for row in results.masks("missing slices").values():
        assert "completed_grid: slices without image: 2" in row["notes"]
    assert not any("completed" in note for note in results.masks("axial")["body"]["notes"])


def test_contours_that_leave_the_image_are_counted(results: Results) -> None:
    masks = results.masks("axial")
    assert masks["clipped"]["notes"] == [
        "clipped: contours that reach out of the image: 12",
    ]
    # Drawn half a slice up, all lie on the images that they name.
    notes = results.masks("half between")["body"]["notes"]
    assert [note.split(":")[0] for note in notes] == ["moved"]


def test_what_no_affine_can_say_is_refused_with_a_hint(results: Results) -> None:
    for name, code in REFUSED.items():
        rows = results.road.registry(
            "select status, error_code, message from conversions where PatientID = ?"
            " and json_extract(parameters, '$.resample') = 'null'",
            name,
        )
        # partial: the points of contours without an inside were registered
        assert [(row["status"], row["error_code"]) for row in rows] == [("partial", code)]
        assert "--resample" in codes()[code].remedy
    assert results.first["not_converted"]["frame_of_reference_mismatch"] == len(STRUCTURES)


def test_a_dry_run_counts_what_the_run_then_gives(results: Results) -> None:
    said = {name: results.forecast[name] for name in ("masks", "not_converted")}
    assert said == {name: results.first[name] for name in said}
    assert {*REFUSED.values()} <= said["not_converted"].keys()


@pytest.mark.parametrize("name", REFUSED)
def test_what_was_refused_is_right_when_resampled(results: Results, name: str) -> None:
    acquisition = ACQUISITIONS[name]
    masks = results.masks(name)
    assert masks.keys() == STRUCTURES.keys() - set(NO_AREA)
    rois = dict(zip(STRUCTURES, drawn(acquisition), strict=True))
    at = np.array(acquisition.grid.slices_mm)
    borders = (at[1:] + at[:-1]) / 2
    for structure, row in masks.items():
        image = SimpleITK.ReadImage(str(results.road.file(row["path"])))
        found = SimpleITK.GetArrayFromImage(image)
        for t in range(found.shape[0]):
            # The normal is the patient's axis here.
            height = image.TransformIndexToPhysicalPoint((0, 0, t))[2] - PLAIN.centre_mm[2]
            k = int(np.searchsorted(borders, round(height, 3), side="right"))
            polygons = [
                np.round(
                    [
                        image.TransformPhysicalPointToContinuousIndex(point.tolist())[:2]
                        for point in contour.points
                    ],
                    # NIfTI holds positions in single precision.
                    5,
                )
                for contour in rois[structure].contours
                if contour.slice_index == k
            ]
            expected = truth(structure, {0: polygons}, (1, *found.shape[1:]))
            assert np.array_equal(found[t], expected[0]), (structure, t)


def test_another_frame_of_reference_is_noted(results: Results) -> None:
    for row in results.masks("another frame").values():
        assert "other_frame_of_reference: drawn in another than the image's" in row["notes"]
