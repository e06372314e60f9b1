"""`convert --per image`: all structure sets of one image in one file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
from support.dciodvfy import errors
from support.workspace import Road, Sketch, write_catalog

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.phantom.image_series import ImageSeries

GRID = Grid(columns=24, rows=24, slices_mm=uniform(24, 1.0))
# Edges half way between the voxel centres of a grid of even size.
LARGE, SMALL, FAR = (
    box((0, 0, 0), (10, 10, 10)),
    box((4, 0, 0), (6, 6, 6)),
    box((-8, -8, 0), (4, 4, 4)),
)
SHARED = 4 * 6 * 6
"""Voxels of 1 mm in both of the first two: from 1 to 5 in x."""


class Place:
    """An image, structure sets on it by observer, and the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(folder / "home")
        self.image = write_image_series(folder / "image", GRID, Study(PatientID="P0"))
        self.sketches: list[Sketch] = []

    def add(self, observer: str, rois: list[DrawnROI]) -> str:
        path = self.folder / f"{observer}.dcm"
        sop = write_structure_set(path, rois, self.image, label=observer)
        dataset = pydicom.dcmread(path)
        for item in dataset.RTROIObservationsSequence:
            item.ROIInterpreter = observer
        dataset.save_as(path)
        self.sketches.append(_sketch(sop, rois, self.image, path))
        write_catalog(self.home, self.sketches)
        return str(sop)

    def convert(self, *words: str) -> tuple[int, str]:
        shared = ("convert", "--per", "image", "--workers", "1", "--where", "true")
        code, out, err = Command(self.home).run(*shared, *words)[:3]
        return code, out + err

    @property
    def labels(self) -> list[tuple[str, str, int]]:
        return Road(self.home).sql(
            "select SOPInstanceUID, ROIName, label from masks order by label"
        )

    def file(self, pattern: str) -> Path:
        (path,) = self.home.masks.rglob(pattern)
        return path


def _sketch(sop: str, rois: list[DrawnROI], image: ImageSeries, path: Path) -> Sketch:
    return Sketch(
        sop,
        [roi.ROIName for roi in rois],
        image.SeriesInstanceUID,
        file_path=str(path),
        facts={
            "StudyInstanceUID": image.study.study_instance_uid,
            "SeriesInstanceUID": pydicom.dcmread(path).SeriesInstanceUID,
        },
        image_paths=tuple(map(str, image.paths)),
    )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def two_observers(place: Place) -> list[str]:
    """SOPInstanceUIDs, in the order of labels."""
    one = place.add("Ann", [DrawnROI(1, "Lung", draw(LARGE, GRID))])
    two = place.add(
        "Bob", [DrawnROI(1, "Lung", draw(SMALL, GRID)), DrawnROI(2, "Heart", draw(FAR, GRID))]
    )
    return sorted([one, two])


def names(place: Place, sop: str) -> list[str]:
    (sketch,) = (each for each in place.sketches if str(each.sop) == sop)
    return list(sketch.rois)


def test_one_label_map_says_whose_each_label_is(place: Place) -> None:
    sets = two_observers(place)
    code, said = place.convert("--labelmap")
    assert code == 0, said
    expected = [(sop, name) for sop in sets for name in names(place, sop)]
    assert [row[:2] for row in place.labels] == expected
    assert [row[2] for row in place.labels] == [1, 2, 3]
    path = place.file("labels.nii.gz")
    table = json.loads(path.with_name("labels.nii.gz.json").read_text(encoding="utf-8"))
    observers = {(row["SOPInstanceUID"], row["ROIInterpreter"]) for row in table["labels"]}
    assert {observer for _, observer in observers} == {"Ann", "Bob"}
    assert len(observers) == 2
    labels = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    sizes = {
        (len(names(place, row["SOPInstanceUID"])), row["ROIName"]): row["label"]
        for row in table["labels"]
    }
    counts = {key: int((labels == label).sum()) for key, label in sizes.items()}
    # The smaller mask keeps the voxels that both have.
    assert counts == {(1, "Lung"): 1000 - SHARED, (2, "Lung"): 216, (2, "Heart"): 64}
    assert [each["voxel_count"] for each in table["overlaps"]] == [SHARED]
    notes = dict(Road(place.home).sql("select label, notes from masks"))
    told = {label for label, each in notes.items() if any("overlaps_other_set" in n for n in each)}
    assert told == {sizes[1, "Lung"], sizes[2, "Lung"]}


def test_what_comes_later_joins_the_file(place: Place) -> None:
    first = place.add("Ann", [DrawnROI(1, "Lung", draw(LARGE, GRID))])
    assert place.convert("--labelmap")[0] == 0
    assert place.labels == [(first, "Lung", 1)]
    assert "Nothing to do" in place.convert("--labelmap")[1]
    second = place.add("Bob", [DrawnROI(1, "Heart", draw(FAR, GRID))])
    assert place.convert("--labelmap")[0] == 0
    assert sorted(row[0] for row in place.labels) == sorted([first, second])
    assert [row[2] for row in place.labels] == [1, 2]
    # The file of the one alone is gone, and both are done.
    assert place.file("labels.nii.gz").exists()
    assert "Nothing to do" in place.convert("--labelmap")[1]


def test_a_fourth_axis_and_segments_keep_every_voxel(place: Place) -> None:
    sets = two_observers(place)
    assert place.convert("--4d", "--reference")[0] == 0
    stack = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(place.file("masks.nii.gz"))))
    assert sorted(np.count_nonzero(each) for each in stack) == [64, 216, 1000]
    out = place.folder / "seg"
    assert place.convert("--format", "seg", "--out", str(out))[0] == 0
    (path,) = out.rglob("*.dcm")
    assert errors(path) == []
    dataset = pydicom.dcmread(path)
    assert len(dataset.SegmentSequence) == 3
    assert [item.ReferencedSOPInstanceUID for item in dataset.SourceInstanceSequence] == sets


def test_a_broken_structure_set_costs_itself_alone(place: Place) -> None:
    two_observers(place)
    whole = (place.folder / "Ann.dcm").read_bytes()
    (place.folder / "Ann.dcm").write_bytes(b"damaged")
    code, said = place.convert("--labelmap")
    assert code == 1, said
    assert [row[1:] for row in place.labels] == [("Lung", 1), ("Heart", 2)]
    # Tried again, it joins the others.
    (place.folder / "Ann.dcm").write_bytes(whole)
    assert Command(place.home).run("retry", "--workers", "1")[0] == 0
    assert [row[2] for row in place.labels] == [1, 2, 3]
    table = json.loads(place.file("labels.nii.gz.json").read_text(encoding="utf-8"))
    assert len(table["labels"]) == 3


def test_it_needs_a_file_to_share(place: Place) -> None:
    two_observers(place)
    code, said = place.convert()
    assert code == 2
    assert "--per image needs --labelmap" in said
