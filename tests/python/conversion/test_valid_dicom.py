"""What we write is DICOM by the book: dciodvfy, of dicom3tools, finds no error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest

from conversion.worker_task import TILTED, convert, drawn, origins_of
from rtstruct.conversion.task import Options
from rtstruct.phantom import shapes
from rtstruct.phantom.cohort import write_cohort
from rtstruct.phantom.grid import AXIAL, Grid, uniform
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.structure_set import DrawnROI, draw, seed, write_structure_set
from support.dciodvfy import errors
from support.dicom_files import contour, enhanced, write_series
from support.dicom_files import structure_set as structure_set_of
from support.field_road import gather, write
from support.segmentation_task import STUDY, file_of, seg_task
from support.slow_rule import circle

if TYPE_CHECKING:
    from pathlib import Path


def test_errors_are_found(tmp_path: Path) -> None:
    path = tmp_path / "set.dcm"
    dataset = structure_set_of({(1, "A"): [contour(np.eye(3))]})
    del dataset.StructureSetLabel
    dataset.save_as(path)
    assert any("StructureSetLabel" in error for error in errors(path))


def test_structure_sets_of_the_cohort(tmp_path: Path) -> None:
    write_cohort(tmp_path)
    sets = sorted(tmp_path.rglob("structures.dcm"))
    assert len(sets) > 4
    assert {path.parent.name: errors(path) for path in sets} == {
        path.parent.name: [] for path in sets
    }


@pytest.mark.parametrize("is_enhanced", [False, True])
def test_structure_sets_of_phantoms(tmp_path: Path, is_enhanced: bool) -> None:
    grid = Grid(
        columns=20,
        rows=16,
        slices_mm=uniform(9, 2.5),
        row_spacing_mm=1.5,
        column_spacing_mm=0.75,
        slice_thickness_mm=2.5,
        centre_mm=(10.0, -20.0, 300.0),
        directions=AXIAL,
    )
    image = write_image_series(tmp_path / "ct", grid, Study("P"), enhanced=is_enhanced)
    rois = [
        DrawnROI(1, "Kugel \u00e4", draw(shapes.sphere((0.0, 0.0, 10.0), 5.0), grid)),
        DrawnROI(2, "seed", seed(grid, (1.0, 2.0, 3.0)), RTROIInterpretedType="MARKER"),
    ]
    write_structure_set(tmp_path / "a.dcm", rois, image, shuffle=True)
    write_structure_set(
        tmp_path / "b.dcm", rois, image, contour_images=False, referenced_series=False
    )
    write_structure_set(tmp_path / "c.dcm", rois, None, study=Study("P"))
    assert [errors(tmp_path / f"{name}.dcm") for name in "abc"] == [[], [], []]


def test_structure_sets_of_tests(tmp_path: Path) -> None:
    """Those of the field-like search, but for what it does on purpose."""
    found = {}
    cases = [case for case in gather(12, 3) if case.numbers == "own" and case.framed]
    cases = [case for case in cases if case.listed != "none"]
    for number, case in enumerate(cases):
        write(case, f"case{number}", tmp_path / str(number))
        found[number] = errors(tmp_path / str(number) / "set.dcm")
    assert found == {number: [] for number in range(len(cases))}


SEGS = {
    "plain": {},
    "of a tilted image": {"axes": TILTED},
    "on other voxels": {"options": Options(format="seg", resample=(1.5, 1.5, 2.0))},
    "all boundary voxels": {"options": Options(format="seg", boundary="inclusive")},
    "labels": {"options": Options(format="seg", layout="labelmap")},
    "shares": {"options": Options(format="seg", coverage=True)},
}

# Label Map Segmentation Storage; pydicom has no word for it yet.
SOP_CLASSES = {"labels": "1.2.840.10008.5.1.4.1.1.66.7"}


@pytest.mark.parametrize("name", SEGS)
def test_segmentations(tmp_path: Path, name: str) -> None:
    changes = dict(SEGS[name])
    axes = changes.pop("axes", None)
    rois = {}
    if axes is not None:
        files = write_series(tmp_path / "ct", origins_of(axes), axes=axes, **STUDY)
        body = drawn({k: [circle(14, 12, 11)] for k in range(2, 6)}, axes)
        rois = {"files": files, "rois": {(1, "Body"): body}}
    task = seg_task(tmp_path, **rois, **changes)
    path = file_of(convert(task, tmp_path), tmp_path)
    dataset = pydicom.dcmread(path)
    assert dataset.SOPClassUID == SOP_CLASSES.get(name, pydicom.uid.SegmentationStorage)
    # dciodvfy does not inflate.
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.save_as(path)
    assert errors(path) == []


def test_segmentations_of_enhanced_images(tmp_path: Path) -> None:
    origins = origins_of()
    (tmp_path / "ct").mkdir()
    image = enhanced(origins, np.eye(3)[:2], (1.0, 1.0))
    for keyword, value in STUDY.items():
        setattr(image, keyword, value)
    image.save_as(tmp_path / "ct" / "all.dcm")
    task = seg_task(tmp_path, files=[(str(tmp_path / "ct" / "all.dcm"), None)])
    assert errors(file_of(convert(task, tmp_path), tmp_path)) == []
