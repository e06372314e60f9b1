"""Real structure sets against independent masks and volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
import SimpleITK

from rtstruct.conversion.masks.plastimatch import plastimatch_masks
from rtstruct.conversion.masks.worker import convert_task
from rtstruct.conversion.task import (
    ConversionTask,
    DicomFile,
    Options,
    Outcome,
    Provenance,
    SelectedROI,
    StructureSetWork,
)
from rtstruct.dicom.image_series import read_image_series

if TYPE_CHECKING:
    from pathlib import Path

IBSI = ["STS_001/CT", "STS_001/MR_T1", "STS_001/PET", "STS_002/CT", "STS_002/MR_T1"]
IBSI += ["STS_002/PET", "STS_018/MR_T1", "STS_046/CT"]


def task_of(structure_set: Path, images: Path, evidence: str) -> ConversionTask:
    header = pydicom.dcmread(structure_set)
    rois = [(int(roi.ROINumber), str(roi.ROIName)) for roi in header.StructureSetROISequence]
    work = StructureSetWork(
        file=DicomFile(header.SOPInstanceUID, str(structure_set)),
        provenance=Provenance(header.SeriesInstanceUID),
        instance_hash=None,
        evidence=evidence,
        rois=tuple(SelectedROI(name, ROINumber=number) for number, name in rois),
        output_folder="masks",
    )
    files = tuple(DicomFile("", str(path)) for path in images.iterdir())
    series = pydicom.dcmread(files[0].path, stop_before_pixels=True).SeriesInstanceUID
    return ConversionTask(None, None, Provenance(series), files, (work,), Options())


def convert(structure_set: Path, images: Path, staging: Path, evidence: str) -> Outcome:
    (outcome,) = convert_task(task_of(structure_set, images, evidence), staging)
    return outcome


@pytest.mark.parametrize("case", IBSI)
def test_ibsi_reference_masks_are_equal_voxel_for_voxel(
    shared_dicom: Path, tmp_path: Path, case: str
) -> None:
    folder = shared_dicom / "ibsi-validation-STS-subset" / case
    (structure_set,) = folder.glob("RTSTRUCT/*.dcm")
    (reference,) = folder.glob("nifti_reference/*.nii.gz")
    (images,) = (path for path in folder.iterdir() if path.name in ("CT", "MR", "PT"))
    outcome = convert(structure_set, images, tmp_path, "frame_of_reference")
    assert outcome.status == "done"
    ours = SimpleITK.ReadImage(str(tmp_path / outcome.masks[0].path))
    theirs = SimpleITK.ReadImage(str(reference))
    assert ours.GetSize() == theirs.GetSize()
    assert np.allclose(ours.GetOrigin(), theirs.GetOrigin(), atol=1e-3)
    assert np.allclose(ours.GetSpacing(), theirs.GetSpacing(), atol=1e-5)
    assert np.allclose(ours.GetDirection(), theirs.GetDirection(), atol=1e-5)
    differ = SimpleITK.GetArrayFromImage(ours) != (SimpleITK.GetArrayFromImage(theirs) > 0)
    assert differ.sum() == 0


def test_lung1_001_gives_four_masks_on_the_grid_of_its_ct(
    shared_dicom: Path, tmp_path: Path
) -> None:
    folder = shared_dicom / "idc-nsclc_radiomics-LUNG1-001"
    outcome = convert(folder / "RTSTRUCT/1-1.dcm", folder / "CT", tmp_path, "sop")
    assert outcome.status == "done"
    assert [mask.ROIName for mask in outcome.masks] == [
        "GTV-1",
        "Spinal-Cord",
        "Lung-Left",
        "Lung-Right",
    ]
    for mask in outcome.masks:
        image = SimpleITK.ReadImage(str(tmp_path / mask.path))
        assert image.GetSize() == (512, 512, 134)
        assert mask.mask_volume_mL == pytest.approx(mask.contour_volume_mL, rel=0.005)
    left = next(mask for mask in outcome.masks if mask.ROIName == "Lung-Left")
    # The patient's left is at growing x.
    assert left.centroid_mm is not None
    assert left.centroid_mm[0] > 0


@pytest.mark.parametrize(
    ("folder", "images", "differing"),
    [
        ("idc-soft_tissue_sarcoma-STS_001-MR_T2-oblique", "MR", 0),
        ("idc-nsclc_radiomics-LUNG1-001", "CT", 2),
    ],
)
def test_plastimatch_has_the_same_voxels_but_for_ties(
    shared_dicom: Path, tmp_path: Path, folder: str, images: str, differing: int
) -> None:
    structure_set = shared_dicom / folder / "RTSTRUCT" / "1-1.dcm"
    task = task_of(structure_set, shared_dicom / folder / images, "sop")
    (outcome,) = convert_task(task, tmp_path)
    files = [(file.path, None) for file in task.image_files]
    series = read_image_series(files, task.image.SeriesInstanceUID)
    (work,) = task.structure_sets
    numbers = {mask.ROINumber for mask in outcome.masks}
    theirs = plastimatch_masks(work.file, task.image_files, numbers, series.grid)
    drawn = {
        int(item.ReferencedROINumber): [
            np.array(contour.ContourData, float).reshape(-1, 3) for contour in item.ContourSequence
        ]
        for item in pydicom.dcmread(structure_set).ROIContourSequence
    }
    ties = 0
    for mask in outcome.masks:
        image = SimpleITK.ReadImage(str(tmp_path / mask.path))
        other = theirs[mask.ROINumber].to_array()
        for k, j, i in np.argwhere(SimpleITK.GetArrayViewFromImage(image) != other).tolist():
            centre = np.array(image.TransformIndexToPhysicalPoint((i, j, k)))
            assert distance_mm(centre, drawn[mask.ROINumber]) < 1e-3
            ties += 1
    assert ties == differing


def distance_mm(point: np.ndarray, polygons: list[np.ndarray]) -> float:
    start = np.concatenate(polygons)
    along = np.concatenate([np.roll(polygon, -1, axis=0) for polygon in polygons]) - start
    length = np.maximum((along**2).sum(axis=1), 1e-30)
    share = np.clip(((point - start) * along).sum(axis=1) / length, 0, 1)
    return float(np.linalg.norm(start + share[:, None] * along - point, axis=1).min())


def test_the_older_set_of_lung1_001_is_refused(shared_dicom: Path, tmp_path: Path) -> None:
    folder = shared_dicom / "idc-nsclc_radiomics-LUNG1-001"
    outcome = convert(folder / "RTSTRUCT/RTSTRUCT.dcm", folder / "CT", tmp_path, "none")
    assert (outcome.status, outcome.error_code) == ("failed", "frame_of_reference_mismatch")
    assert not list(tmp_path.rglob("*.nii.gz"))


def test_the_oblique_mr_keeps_the_volume_of_its_contours(
    shared_dicom: Path, tmp_path: Path
) -> None:
    folder = shared_dicom / "idc-soft_tissue_sarcoma-STS_001-MR_T2-oblique"
    outcome = convert(folder / "RTSTRUCT/1-1.dcm", folder / "MR", tmp_path, "sop")
    assert outcome.status == "done"
    header = pydicom.dcmread(folder / "RTSTRUCT/1-1.dcm")
    drawn = {int(item.ReferencedROINumber): item for item in header.ROIContourSequence}
    for mask in outcome.masks:
        volume = 0.0
        for contour in drawn[mask.ROINumber].ContourSequence:
            points = np.array(contour.ContourData, float).reshape(-1, 3)
            fan = np.cross(points[1:-1] - points[0], points[2:] - points[0])
            # 5.2 mm from slice to slice, read off the headers.
            volume += float(np.linalg.norm(fan.sum(axis=0)) / 2 * 5.2 / 1000)
        assert mask.mask_volume_mL == pytest.approx(volume, rel=0.02)
        assert mask.contour_volume_mL == pytest.approx(volume, rel=0.001)


def test_true_keyholes_stay_open(shared_dicom: Path, tmp_path: Path) -> None:
    folder = shared_dicom / "rtutils-mim-5slices"
    header = pydicom.dcmread(folder / "RTSTRUCT/dummy_rt.dcm")
    reference = header.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID
    images = tmp_path / "ct"
    images.mkdir()
    for path in (folder / "CT").iterdir():
        if pydicom.dcmread(path, stop_before_pixels=True).get("FrameOfReferenceUID") == reference:
            (images / path.name).symlink_to(path)
    outcome = convert(folder / "RTSTRUCT/dummy_rt.dcm", images, tmp_path / "out", "sop")
    assert outcome.status == "done"
    keyhole = next(mask for mask in outcome.masks if mask.ROIName == "ROI-4")
    assert keyhole.mask_volume_mL == pytest.approx(keyhole.contour_volume_mL, rel=0.02)
    assert keyhole.contours_skipped == 0


def test_slices_wider_than_high_are_not_clipped(shared_dicom: Path, tmp_path: Path) -> None:
    folder = shared_dicom / "rtkit-oncentra-phantom"
    outcome = convert(folder / "RTSTRUCT/rtstruct.dcm", folder / "CT", tmp_path, "sop")
    volumes = {mask.ROIName: mask.mask_volume_mL for mask in outcome.masks}
    # Squares of 50 and 40 mm (rotated) on five slices, 75 mm apart.
    assert volumes["External"] == pytest.approx(50 * 50 * 5 * 75 / 1000, rel=0.01)
    assert volumes["Small"] == pytest.approx(40 * 40 * 5 * 75 / 1000, rel=0.01)
    assert {point.ROIName for point in outcome.points} == {"ISO", "REF"}
