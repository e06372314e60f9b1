"""Sides against geometry in every acquisition: right names pass, exchanged ones are found.

Where left is is worked out from the positions of the voxels, not from any mask.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from end_to_end.conftest import Road
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.structure_set import Contour, DrawnROI, write_structure_set
from support.acquisitions import ACQUISITIONS, COLUMNS, ROWS

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.phantom.grid import Grid
    from support.acquisitions import Acquisition

SCALE = 6
"""Voxels as large as a body needs them to be."""
MIDDLE = (4, (ROWS - 1) / 2, (COLUMNS - 1) / 2)
CORNERS = [(k, j, i) for k in (1, 5) for j in (6.2, 18.8) for i in (6.2, 22.8)]
EXCHANGED = {"L": "R", "R": "L"}


def patient_axes(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    steps = np.array(grid.directions) * [[grid.column_spacing_mm], [grid.row_spacing_mm]]
    return steps, np.array(grid.normal)


def disc(acquisition: Acquisition, grid: Grid, place: tuple[float, float, float]) -> list[Contour]:
    """A round contour on two slices, given by slice, row and column of its centre."""
    steps, normal = patient_axes(grid)
    between = float(np.mean(np.diff(grid.slices_mm)))
    k, row, column = place
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    polygon = np.column_stack([column + 4 * np.cos(turn), row + 4 * np.sin(turn)])
    lift = acquisition.offset * between + acquisition.slope * (polygon[:, 1:] - 12)
    return [
        Contour(np.array(grid.position(n)) + polygon @ steps + lift * normal, slice_index=n)
        for n in (int(k), int(k) + 1)
    ]


def write_patient(folder: Path, name: str, acquisition: Acquisition, *, exchanged: bool) -> None:
    grid = replace(
        acquisition.grid,
        slices_mm=tuple(SCALE * w for w in acquisition.grid.slices_mm),
        slice_thickness_mm=SCALE * acquisition.grid.slice_thickness_mm,
        row_spacing_mm=SCALE * acquisition.grid.row_spacing_mm,
        column_spacing_mm=SCALE * acquisition.grid.column_spacing_mm,
    )
    steps, _ = patient_axes(grid)

    def left(place: tuple[float, float, float]) -> float:
        k, row, column = place
        return float((np.array(grid.position(int(k))) + np.array([column, row]) @ steps)[0])

    order = sorted(CORNERS, key=left)
    places = {"R": order[0], "L": order[-1]}
    sides = EXCHANGED if exchanged else {"L": "L", "R": "R"}
    image = write_image_series(folder / "image", grid, Study(PatientID=name), **acquisition.image)
    cord = DrawnROI(1, "SpinalCord", tuple(disc(acquisition, grid, MIDDLE)))
    pair = [
        DrawnROI(n, f"Lung_{sides[side]}", tuple(disc(acquisition, grid, place)))
        for n, (side, place) in enumerate(places.items(), 2)
    ]
    alone = DrawnROI(2, f"Kidney_{sides['L']}", tuple(disc(acquisition, grid, places["L"])))
    for label, rois in {"pair": [cord, *pair], "alone": [cord, alone]}.items():
        path = folder / f"{label}.dcm"
        write_structure_set(path, rois, image, label=label, **acquisition.structures)
    for k in acquisition.lost:
        image.paths[k].unlink()


def write_odd_patient(folder: Path) -> None:
    """Organs in one place, in two parts, and with a cavity."""
    acquisition = ACQUISITIONS["axial"]
    grid = replace(acquisition.grid, row_spacing_mm=4.0, column_spacing_mm=4.0)
    image = write_image_series(folder / "image", grid, Study(PatientID="odd"))

    def tube(place: tuple[float, float], slices: range, radius: float = 4) -> list[Contour]:
        row, column = place
        turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        ring = np.column_stack([column + radius * np.cos(turn), row + radius * np.sin(turn)])
        steps, _ = patient_axes(grid)
        return [Contour(np.array(grid.position(k)) + ring @ steps, slice_index=k) for k in slices]

    spleen = tube((18, 8), range(1, 7)) + tube((18, 8), range(3, 5), 2)
    rois = {
        "Heart": tube((7, 8), range(1, 7)),
        "Liver": tube((7, 11), range(1, 7)),
        "Stomach": tube((7, 22), range(1, 3)) + tube((7, 22), range(5, 7)),
        "Spleen": spleen,
        "GTV": tube((7, 8), range(2, 5), 2),
    }
    drawn = [
        DrawnROI(n, name, tuple(contours)) for n, (name, contours) in enumerate(rois.items(), 1)
    ]
    write_structure_set(folder / "rt.dcm", drawn, image)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Road:
    """All patients twice, named rightly and exchanged, converted and judged."""
    home = tmp_path_factory.mktemp("sides")
    for name, acquisition in ACQUISITIONS.items():
        for exchanged in (False, True):
            patient = f"{name}{' exchanged' if exchanged else ''}"
            write_patient(home / "dicom" / patient, patient, acquisition, exchanged=exchanged)
    write_odd_patient(home / "dicom" / "odd")
    road = Road(home)
    assert road.here("index", str(home / "dicom")).returncode <= 1
    models = "+conversion_worklist +rtstruct_rois +rtstruct_series +image_instances"
    tests = "resource_type:test resource_type:unit_test"
    assert road.here("build", "--select", models, "--exclude", tests).returncode == 0
    for options in (
        ["--resample", f"{SCALE},{SCALE},{3 * SCALE}"],
        ["--any-frame-of-reference", "--out", str(home / "native")],
    ):
        road.here("convert", "--where", "true", *options)
    # Views of the first build are not needed again, but seeds are.
    built = road.here("build", "--select", "+mask_findings", "--exclude", tests)
    assert built.returncode == 0, built.stdout + built.stderr
    return road


def test_names_that_are_right_pass_and_exchanged_ones_are_all_found(judged: Road) -> None:
    rows = judged.catalog(
        "select PatientID, ROIName, finding_code from rtstruct.mask_findings"
        " where finding_code in ('sides_swapped', 'side_contradicted')"
    )
    found = {(row["PatientID"], row["ROIName"]): row["finding_code"] for row in rows}
    masks = {
        (row["PatientID"], row["ROIName"])
        for row in judged.registry("select distinct PatientID, ROIName from masks")
        if row["ROIName"].startswith(("Lung", "Kidney"))
    }
    expected = {
        (f"{name} exchanged", roi): code
        for name in ACQUISITIONS
        for roi, code in (
            ("Lung_L", "sides_swapped"),
            ("Lung_R", "sides_swapped"),
            ("Kidney_R", "side_contradicted"),
        )
    }
    assert len(masks) == 2 * 3 * len(ACQUISITIONS)
    assert found == expected


def test_other_oddities_are_found_where_they_are(judged: Road) -> None:
    rows = judged.catalog(
        "select ROIName, finding_code, detail from rtstruct.mask_findings where PatientID = 'odd'"
        " and finding_code in ('organs_overlap', 'mask_holes', 'cut_by_image', 'several_parts')"
    )
    assert {(row["ROIName"], row["finding_code"]) for row in rows} == {
        ("Heart", "organs_overlap"),
        ("Stomach", "several_parts"),
        ("Spleen", "mask_holes"),
    }
    elsewhere = judged.catalog(
        "select * from rtstruct.mask_findings where PatientID != 'odd'"
        " and finding_code in ('organs_overlap', 'mask_holes', 'cut_by_image')"
    )
    assert elsewhere == []


def test_unusual_volumes_are_those_of_the_formula(judged: Road) -> None:
    rows = judged.registry("select PatientID, SOPInstanceUID, ROIName, mask_volume_mL from masks")
    volumes: dict[str, dict[str, float]] = {}
    for row in rows:
        key = f"{row['PatientID']} {row['SOPInstanceUID']}"
        volumes.setdefault(row["ROIName"], {})[key] = row["mask_volume_mL"]
    expected = set()
    for name, of_name in volumes.items():
        logs = np.log(list(of_name.values()))
        away = np.abs(logs - np.median(logs))
        score = 0.6745 * away / max(float(np.median(away)), 0.1)
        expected |= {(key, name) for key, z in zip(of_name, score, strict=True) if z > 3.5}
    found = judged.catalog(
        "select PatientID || ' ' || SOPInstanceUID as key, ROIName from rtstruct.mask_findings"
        " where finding_code = 'unusual_volume'"
    )
    assert {(row["key"], row["ROIName"]) for row in found} == expected
    assert len(expected) > 3
