"""`rtstruct compare`: two observers of one image, from SQL to `registry.agreements`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pydicom
import pytest
import SimpleITK

from rtstruct.home import Home
from rtstruct.phantom.grid import Grid, uniform
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.shapes import box
from rtstruct.phantom.structure_set import DrawnROI, draw, write_structure_set
from support.command import Command
from support.workspace import Road, Sketch, write_catalog

if TYPE_CHECKING:
    from pathlib import Path

GRID = Grid(
    columns=30,
    rows=26,
    slices_mm=uniform(12, 3.0),
    column_spacing_mm=1.0,
    row_spacing_mm=1.0,
    slice_thickness_mm=3.0,
)
# Of each observer: what was drawn 3 mm further to the patient's left by the second one.
SHIFT = 3


@pytest.fixture
def observers(tmp_path: Path) -> Command:
    """A box as two observers drew it, a second box of the first one, and another patient's."""
    home = Home(tmp_path / "home")
    sketches = []
    for patient, shifts in (("P0", (0, SHIFT)), ("P1", (0,))):
        study = Study(PatientID=patient)
        image = write_image_series(tmp_path / patient, GRID, study)
        for number, shift in enumerate(shifts):
            path = tmp_path / f"{patient}-{number}.dcm"
            drawn = [
                DrawnROI(1, "Heart", draw(box((shift, 0, 0), (10, 8, 18)), GRID)),
                DrawnROI(2, "GTV", draw(box((0, 0, 0), (4, 4, 12)), GRID)),
            ]
            uid = write_structure_set(path, drawn, image, label=f"Observer {number + 1}")
            sketches.append(
                Sketch(
                    uid,
                    ["Heart", "GTV"],
                    image.SeriesInstanceUID,
                    facts={"PatientID": patient},
                    file_path=str(path),
                    image_paths=tuple(map(str, image.paths)),
                )
            )
    write_catalog(home, sketches)
    command = Command(home)
    assert command.run("convert", "--where", "true")[0] == 0
    return command


def compared(command: Command, *words: str, code: int = 0) -> list[dict[str, Any]]:
    found, output, messages = command.run("compare", *words, "--json")
    assert found == code, messages
    rows: list[dict[str, Any]] = json.loads(output)
    return rows


def test_two_observers_are_compared_once(observers: Command) -> None:
    heart, gtv = compared(observers, "--where", "true", "--tolerance", "1")
    assert (heart["a_ROIName"], heart["b_ROIName"], heart["PatientID"]) == ("Heart", "Heart", "P0")
    # A box of 10 columns that is 3 further: 7 in common.
    assert heart["dice"] == pytest.approx(0.7)
    assert heart["jaccard"] == pytest.approx(7 / 13)
    assert heart["hausdorff_95_mm"] == SHIFT
    assert heart["centroid_shift_mm"] == pytest.approx(SHIFT)
    assert heart["a_volume_mL"] == heart["b_volume_mL"] == pytest.approx(10 * 8 * 6 * 3e-3)
    assert 0.5 < heart["surface_dice"] < 1
    assert gtv["dice"] == gtv["surface_dice"] == 1
    assert gtv["mean_surface_distance_mm"] == gtv["added_path_length_mm"] == 0

    road = Road(observers.home)
    before = road.sql("select * from agreements order by all")
    assert compared(observers, "--where", "true", "--tolerance", "1") == [heart, gtv]
    assert road.sql("select * from agreements order by all") == before
    (wide,) = compared(observers, "--where", "a.ROIName = 'Heart'", "--tolerance", "3")
    assert wide["surface_dice"] == 1
    assert road.sql("select count(*) from agreements") == [(3,)]
    runs = "select done, failed, skipped from runs where command = 'compare' order by started"
    assert road.sql(runs) == [(2, 0, 0), (0, 0, 2), (1, 0, 0)]


def test_pairs_are_what_sql_says(observers: Command) -> None:
    rows = compared(
        observers,
        "--on",
        "a.ROIName = 'Heart' and b.ROIName = 'GTV' or a.ROIName = 'GTV' and b.ROIName = 'Heart'",
        "--where",
        "a.SOPInstanceUID = b.SOPInstanceUID",
    )
    assert [row["PatientID"] for row in rows] == ["P0", "P0", "P1"]
    assert {row["a_ROIName"] for row in rows} == {"Heart"}
    code, output, messages = observers.run("compare", "--where", "nonsense = 1")
    assert (code, output) == (2, "")
    assert messages.startswith("rtstruct: --where 'nonsense = 1' is not a condition on two masks")
    assert compared(observers, "--where", "a.PatientID = 'nobody'") == []
    for attack in ("true; drop table masks", "1 = (select count(*) from read_csv('/etc/passwd'))"):
        assert observers.run("compare", "--where", attack)[0] == 2


def test_the_same_mask_in_two_formats_is_one(tmp_path: Path, observers: Command) -> None:
    observers.run("convert", "--where", "true", "--format", "seg", "--out", str(tmp_path / "seg"))
    assert len(compared(observers, "--where", "true")) == 2


@pytest.mark.parametrize("format_", ["nrrd", "mha", "seg"])
def test_every_format_is_read_back(tmp_path: Path, observers: Command, format_: str) -> None:
    words = ("--format", format_, "--engine", "plastimatch", "--out", str(tmp_path / format_))
    assert observers.run("convert", "--where", "PatientID = 'P1'", *words)[0] == 0
    rows = compared(observers, "--where", "a.PatientID = 'P1'")
    assert [(row["a_engine"], row["b_engine"], row["dice"]) for row in rows] == [
        ("native", "plastimatch", 1.0)
    ] * 2


def test_masks_on_other_voxels_are_refused(observers: Command) -> None:
    where = (
        "SOPInstanceUID = (select max(SOPInstanceUID) from rtstruct_rois where PatientID = 'P0')"
    )
    road = Road(observers.home)
    ((later,),) = road.sql("select max(SOPInstanceUID) from masks where PatientID = 'P0'")
    where = f"SOPInstanceUID = '{later}' and ROIName = 'Heart'"
    out = str(observers.home.root / "fine")
    assert observers.run("convert", "--where", where, "--resample", "2", "--out", out)[0] == 0
    rows = compared(
        observers,
        "--on",
        "a.ROIName = b.ROIName and a.resample is distinct from b.resample",
        "--where",
        "a.PatientID = 'P0'",
        code=1,
    )
    assert {row["error_code"] for row in rows} == {"other_grid"}
    assert {row["dice"] for row in rows} == {None}
    assert "are no" in rows[0]["message"]


@pytest.mark.parametrize("is_moved", [False, True])
def test_a_mask_that_is_not_as_written_is_told(observers: Command, *, is_moved: bool) -> None:
    road = Road(observers.home)
    ((path,),) = road.sql(
        "select path from masks where PatientID = 'P0' and ROIName = 'GTV' order by all limit 1"
    )
    file = observers.home.root / path
    image = SimpleITK.ReadImage(str(file))
    voxels = SimpleITK.GetArrayFromImage(image)
    if is_moved:
        voxels = np.roll(voxels, 1, axis=2)
    else:
        voxels[tuple(np.argwhere(voxels)[0])] = 0
    changed = SimpleITK.GetImageFromArray(voxels)
    changed.CopyInformation(image)
    SimpleITK.WriteImage(changed, str(file))
    (row,) = compared(observers, "--where", "a.ROIName = 'GTV'", code=1)
    assert row["error_code"] == "mask_changed"
    file.unlink()
    (row,) = compared(observers, "--where", "a.ROIName = 'GTV'", code=1)
    assert row["error_code"] == "mask_unreadable"


def test_what_a_label_map_hides_is_told(tmp_path: Path) -> None:
    study, home = Study(PatientID="P0"), Home(tmp_path / "home")
    image = write_image_series(tmp_path / "image", GRID, study)
    sketches = []
    for number in (0, 1):
        drawn = [
            DrawnROI(1, "Heart", draw(box((0, 0, 0), (10, 8, 18)), GRID)),
            DrawnROI(2, "GTV", draw(box((number, 0, 0), (4, 4, 12)), GRID)),
        ]
        path = tmp_path / f"{number}.dcm"
        uid = write_structure_set(path, drawn, image, label=f"Observer {number + 1}")
        sketches.append(
            Sketch(
                uid,
                ["Heart", "GTV"],
                image.SeriesInstanceUID,
                file_path=str(path),
                image_paths=tuple(map(str, image.paths)),
            )
        )
    write_catalog(home, sketches)
    command = Command(home)
    assert command.run("convert", "--where", "true", "--labelmap")[0] == 0
    rows = compared(command, "--where", "true", code=1)
    assert {row["a_ROIName"]: row["error_code"] for row in rows} == {
        "Heart": "hidden_by_overlap",
        "GTV": None,
    }


def test_segments_of_the_catalog_are_masks_too(tmp_path: Path, observers: Command) -> None:
    """Observer 2 as a Segmentation beside Observer 1, and two Segmentations beside one another."""
    out = tmp_path / "seg"
    assert observers.run("convert", "--where", "true", "--format", "seg", "--out", str(out))[0] == 0
    files = [
        (path, dataset)
        for path in sorted(out.rglob("*.dcm"))
        if (dataset := pydicom.dcmread(path)).PatientID == "P0"
    ]
    segments = [
        (
            "P0",
            dataset.SOPInstanceUID,
            dataset.SeriesInstanceUID,
            segment.SegmentNumber,
            segment.SegmentLabel,
            next(
                item.SeriesInstanceUID
                for item in dataset.ReferencedSeriesSequence
                if len(item.ReferencedInstanceSequence) > 1
            ),
            str(path),
        )
        for path, dataset in files
        for segment in dataset.SegmentSequence
    ]
    assert len(segments) == 4
    with duckdb.connect(str(observers.home.catalog)) as connection:
        connection.executemany(
            "insert into rtstruct.segments (collection_id, PatientID, SOPInstanceUID,"
            " SeriesInstanceUID, SegmentNumber, SegmentLabel, referenced_SeriesInstanceUID,"
            " file_path) values ('phantoms', ?, ?, ?, ?, ?, ?, ?)",
            segments,
        )
    rows = compared(observers, "--where", "b.engine = 'seg' and a.ROIName = 'Heart'")
    assert len(rows) == 2 * 2 + 1
    assert {row["error_code"] for row in rows} == {None}
    # Each observer beside both Segmentations, and the two of them.
    assert sorted(round(row["dice"], 6) for row in rows) == [0.7, 0.7, 0.7, 1, 1]
    assert {(row["a_engine"], row["b_engine"]) for row in rows} == {
        ("native", "seg"),
        ("seg", "seg"),
    }
    assert all(row["b_volume_mL"] == pytest.approx(10 * 8 * 6 * 3e-3) for row in rows)
    assert rows[-1]["b_conversion_id"] is None
