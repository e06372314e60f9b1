"""`convert --labelmap`: one file a structure set, whatever is selected, killed or tried again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK

from conversion.worker_task import COLUMNS, ROWS, SLICES, ROIs, convert, drawn, image_of, task_of
from rtstruct.conversion.task import Options
from rtstruct.home import Home
from rtstruct.phantom.grid import Grid, uniform
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.shapes import sphere
from rtstruct.phantom.structure_set import DrawnROI, draw, write_structure_set
from rtstruct.write.formats import SUFFIXES
from support.command import Command
from support.dicom_files import contour
from support.slow_rule import circle, volume
from support.workspace import Road, Sketch, write_catalog

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = (SLICES, ROWS, COLUMNS)
BODY = {k: [circle(14, 12, 11)] for k in range(SLICES)}
ORGAN = {k: [circle(12, 12, 5)] for k in range(2, 7)}
TARGET = {k: [circle(15, 12, 3)] for k in range(3, 5)}


@pytest.mark.parametrize("format_", SUFFIXES)
def test_one_file_says_where_every_structure_is(tmp_path: Path, format_: str) -> None:
    rois: ROIs = {
        (7, "target"): drawn(TARGET),
        (2, "Kö/rper"): drawn(BODY),
        (3, "empty"): [],
        (5, "organ"): drawn(ORGAN),
        (9, "seed"): [contour([[1.0, 2, 3]], "POINT")],
    }
    options = Options(format=format_, layout="labelmap")
    outcome = convert(task_of(tmp_path, rois, options=options), tmp_path)
    assert outcome.status == "done"
    assert [(mask.ROINumber, mask.label) for mask in outcome.masks] == [(7, 3), (2, 1), (5, 2)]
    (path,) = {mask.path for mask in outcome.masks}
    assert path == f"patient/set/labels{'.nii.gz' if format_ == 'nifti' else f'.{format_}'}"
    body, organ, target = (volume(planes, SHAPE) for planes in (BODY, ORGAN, TARGET))
    expected = np.select([target, organ, body], [3, 2, 1])
    image = image_of(outcome, tmp_path, 5)
    assert np.array_equal(SimpleITK.GetArrayFromImage(image), expected)
    assert image.GetSpacing() == pytest.approx((1, 1, 3))
    # The registry tells of whole structures, the table what the map keeps of each.
    counts = {mask.ROINumber: mask.voxel_count for mask in outcome.masks}
    assert counts == {2: body.sum(), 5: organ.sum(), 7: target.sum()}
    table = json.loads((tmp_path / f"{path}.json").read_text(encoding="utf-8"))
    assert [
        (row["label"], row["ROINumber"], row["ROIName"], row["voxel_count"], row["voxels_in_map"])
        for row in table["labels"]
    ] == [
        (1, 2, "Kö/rper", body.sum(), (expected == 1).sum()),
        (2, 5, "organ", organ.sum(), (expected == 2).sum()),
        (3, 7, "target", target.sum(), (expected == 3).sum()),
    ]
    assert table["overlaps"] == [
        {"labels": [1, 2], "voxel_count": (body & organ).sum()},
        {"labels": [1, 3], "voxel_count": (body & target).sum()},
        {"labels": [2, 3], "voxel_count": (organ & target).sum()},
    ]
    assert table["sha256"] == outcome.masks[0].sha256


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    rois: ROIs = {(1, "body"): drawn(BODY), (2, "organ"): drawn(ORGAN)}
    task = task_of(tmp_path, rois, options=Options(layout="labelmap"))
    first, second = (convert(task, tmp_path / name) for name in ("a", "b"))
    assert [mask.sha256 for mask in first.masks] == [mask.sha256 for mask in second.masks]


def test_a_fourth_axis_keeps_every_structure_whole(tmp_path: Path) -> None:
    rois: ROIs = {
        (7, "target"): drawn(TARGET),
        (2, "body"): drawn(BODY),
        (5, "organ"): drawn(ORGAN),
    }
    outcome = convert(task_of(tmp_path, rois, options=Options(layout="4d")), tmp_path)
    assert [(mask.ROINumber, mask.label) for mask in outcome.masks] == [(7, 3), (2, 1), (5, 2)]
    assert {mask.path for mask in outcome.masks} == {"patient/set/masks.nii.gz"}
    found = SimpleITK.GetArrayFromImage(image_of(outcome, tmp_path, 2))
    assert np.array_equal(found, [volume(planes, SHAPE) for planes in (BODY, ORGAN, TARGET)])


def labels_in(road: Road) -> list[tuple[str, int]]:
    return road.sql("select ROIName, label from masks order by all")


def test_a_label_map_holds_what_is_selected_and_nothing_else(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    study = Study(PatientID="P0")
    grid = Grid(columns=24, rows=24, slices_mm=uniform(24, 1.0))
    image = write_image_series(tmp_path / "image", grid, study)
    drawings = [
        DrawnROI(1, "Lung", draw(sphere((0, 0, 0), 8), grid)),
        DrawnROI(2, "Heart", draw(sphere((4, 0, 0), 4), grid)),
        DrawnROI(3, "empty"),
    ]
    sop = write_structure_set(tmp_path / "set.dcm", drawings, image)
    write_catalog(
        home,
        [
            Sketch(
                sop,
                ["Lung", "Heart", "empty", "ghost"],
                image.SeriesInstanceUID,
                file_path=str(tmp_path / "set.dcm"),
                image_paths=tuple(map(str, image.paths)),
            )
        ],
    )
    command, road = Command(home), Road(home)
    words = ("convert", "--labelmap", "--workers", "1", "--where")
    both = [("Heart", 2), ("Lung", 1)]
    assert command.run(*words, "true")[0] == 1
    assert labels_in(road) == both
    # A ROI that failed is tried again together with the others of its map.
    assert "2 masks" in command.run("retry", "--code", "roi_absent", "--workers", "1")[1]
    assert labels_in(road) == both
    assert "Nothing to do" in command.run(*words, "true")[1]
    assert "Nothing to do" in command.run(*words, "ROIName = 'empty'")[1]
    # Another selection makes another map, and is then done.
    assert "1 mask," in command.run(*words, "ROIName = 'Heart'")[1]
    assert labels_in(road) == [("Heart", 1)]
    assert "Nothing to do" in command.run(*words, "ROIName = 'Heart'")[1]
    (path,) = home.masks.rglob("labels.nii.gz")
    table = json.loads(path.with_name("labels.nii.gz.json").read_text(encoding="utf-8"))
    assert [row["ROIName"] for row in table["labels"]] == ["Heart"]
    # When its last mask goes, the file and its table go too.
    (tmp_path / "set.dcm").write_bytes(b"damaged")
    command.run(*words, "ROIName = 'Heart'", "--redo", "all")
    assert labels_in(road) == []
    assert not list(home.masks.rglob("labels.*"))
