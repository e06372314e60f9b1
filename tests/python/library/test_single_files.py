"""Single files that are not what they should be: the library says so, or gives no mask."""

from __future__ import annotations

import shutil
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest

import rtstruct
from rtstruct.phantom.grid import Grid
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.structure_set import Contour, DrawnROI, write_structure_set

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GRID = Grid(columns=20, rows=16, slices_mm=(0.0, 3.0, 6.0, 9.0, 12.0))


@dataclass(frozen=True)
class Files:
    """An image of five slices, and a structure set on the middle three."""

    image: Path
    slices: list[Path]
    structure_set: Path


def box(width: int) -> tuple[Contour, ...]:
    """A rectangle of ``width`` by 6 voxels on the three slices in the middle."""
    corners = [(3, 4), (3 + width, 4), (3 + width, 10), (3, 10)]
    return tuple(
        Contour(
            np.array(GRID.position(k)) + np.array([(x - 0.5, y - 0.5, 0) for x, y in corners]),
            slice_index=k,
        )
        for k in (1, 2, 3)
    )


@pytest.fixture
def files(tmp_path: Path) -> Files:
    image = write_image_series(tmp_path / "image", GRID, Study(PatientID="one"))
    path = tmp_path / "structures.dcm"
    write_structure_set(path, [DrawnROI(1, "A", box(5)), DrawnROI(2, "B", box(7))], image)
    return Files(tmp_path / "image", list(image.paths), path)


def altered(path: Path, change: Callable[[pydicom.Dataset], None]) -> None:
    dataset = pydicom.dcmread(path)
    change(dataset)
    dataset.save_as(path)


def test_a_tidy_pair_of_files_warns_of_nothing(files: Files) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = rtstruct.read_image_series(files.image)
        mask = rtstruct.read_structure_set(files.structure_set).roi("A").mask(image)
    assert (image.notes, mask.warnings) == ((), ())
    assert mask.array.sum() == 5 * 6 * 3


@pytest.mark.parametrize("lost", [[4], [2], [0, 1]])
def test_files_that_cannot_be_read_are_told(files: Files, lost: list[int]) -> None:
    (files.image / "notes.txt").write_text("no DICOM, which is nothing to tell of")
    for k in lost:
        files.slices[k].write_bytes(files.slices[k].read_bytes()[:300])
    with pytest.warns(rtstruct.DoubtfulImageWarning, match="images_left_out: ") as told:
        image = rtstruct.read_image_series(files.image)
    assert str(told[0].message) == f"images_left_out: {len(lost)} truncated_file"
    assert image.notes == (f"images_left_out: {len(lost)} truncated_file",)
    with pytest.warns(rtstruct.DoubtfulMaskWarning, match="images_left_out"):
        mask = rtstruct.read_structure_set(files.structure_set).roi("A").mask(image)
    assert image.notes[0] in mask.notes


def test_two_contents_of_one_image_are_told_and_copies_are_none(files: Files) -> None:
    shutil.copy(files.slices[1], files.image / "zz.dcm")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rtstruct.read_image_series(files.image).shape == (5, 16, 20)

    def move(dataset: pydicom.Dataset) -> None:
        dataset.ImagePositionPatient[2] += 300

    altered(files.image / "zz.dcm", move)
    with pytest.warns(rtstruct.DoubtfulImageWarning, match="conflicting_images: 1 of 5 images"):
        rtstruct.read_image_series(files.image)


def test_another_patients_image_gives_no_mask_unless_it_is_named(files: Files) -> None:
    structure_set = rtstruct.read_structure_set(files.structure_set)
    for path in files.slices:
        altered(path, lambda dataset: setattr(dataset, "PatientID", "two"))
    with pytest.warns(rtstruct.DoubtfulMaskWarning, match="patient_id_differs"):
        mask = structure_set.roi("A").mask(rtstruct.read_image_series(files.image))
    assert mask.array.sum() == 5 * 6 * 3

    def renamed(dataset: pydicom.Dataset) -> None:
        dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}.1"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID

    for path in files.slices:
        altered(path, renamed)
    with pytest.raises(rtstruct.RtstructError, match="another patient") as refused:
        structure_set.roi("A").mask(rtstruct.read_image_series(files.image))
    assert refused.value.code == "patient_mismatch"


def test_rois_of_one_number_and_of_none_are_seen(files: Files) -> None:
    def renumbered(dataset: pydicom.Dataset) -> None:
        dataset.StructureSetROISequence[1].ROINumber = 1

    altered(files.structure_set, renumbered)
    structure_set = rtstruct.read_structure_set(files.structure_set)
    assert [(roi.ROIName, roi.ROINumber) for roi in structure_set.rois] == [("A", 1), ("B", 1)]
    image = rtstruct.read_image_series(files.image)
    for which in ("A", "B", 1):
        with pytest.raises(rtstruct.RtstructError) as refused:
            structure_set.roi(which).mask(image)
        assert refused.value.code == "duplicate_roi_number"

    def unnumbered(dataset: pydicom.Dataset) -> None:
        del dataset.StructureSetROISequence[1].ROINumber

    altered(files.structure_set, unnumbered)
    with pytest.warns(rtstruct.DoubtfulMaskWarning, match="bad_roi_number: .*: 1"):
        structure_set = rtstruct.read_structure_set(files.structure_set)
    assert [roi.ROIName for roi in structure_set.rois] == ["A"]


def test_a_frame_of_reference_that_nothing_lists_is_told_unless_images_are_named(
    files: Files,
) -> None:
    image = rtstruct.read_image_series(files.image)

    def reframed(dataset: pydicom.Dataset) -> None:
        dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "1.2.3"

    altered(files.structure_set, reframed)
    named = rtstruct.read_structure_set(files.structure_set).roi("A").mask(image)
    assert named.warnings == ()

    def unnamed(dataset: pydicom.Dataset) -> None:
        for contour in dataset.ROIContourSequence[0].ContourSequence:
            del contour.ContourImageSequence

    altered(files.structure_set, unnamed)
    with pytest.warns(rtstruct.DoubtfulMaskWarning, match="frame_of_reference_unlisted"):
        mask = rtstruct.read_structure_set(files.structure_set).roi("A").mask(image)
    assert mask.array.sum() == 5 * 6 * 3
