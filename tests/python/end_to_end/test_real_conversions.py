"""What a user may rely on after ``index``, ``build``, ``convert`` on real structure sets."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK

from end_to_end.real_files import structure_sets

if TYPE_CHECKING:
    from pathlib import Path

    from end_to_end.conftest import Road

IBSI_SETS = (
    "STS_001/CT",
    "STS_001/MR_T1",
    "STS_001/PET",
    "STS_002/CT",
    "STS_002/MR_T1",
    "STS_002/PET",
    "STS_018/MR_T1",
    "STS_046/CT",
)


@pytest.fixture(scope="module")
def all_structure_sets(shared_dicom: Path) -> dict[str, pydicom.Dataset]:
    return structure_sets(shared_dicom)


def test_the_road_ends_well(road: Road) -> None:
    assert road.exit_codes["build"] == 0
    assert road.exit_codes["index"] <= 1
    # Some sets there have no image: that is told.
    assert road.exit_codes["convert"] == 1


def test_each_structure_set_has_an_outcome_and_a_reason_where_it_has_no_mask(
    road: Road, all_structure_sets: dict[str, pydicom.Dataset]
) -> None:
    rows = road.registry("select SOPInstanceUID, status, error_code, message from conversions")
    assert {row["SOPInstanceUID"] for row in rows} == set(all_structure_sets)
    unexplained = [
        row
        for row in rows
        if row["status"] != "done" and not (row["error_code"] and row["message"])
    ]
    assert unexplained == []
    assert {row["status"] for row in rows} >= {"done", "skipped"}


def test_each_roi_has_a_mask_or_points_or_a_reason(
    road: Road, all_structure_sets: dict[str, pydicom.Dataset]
) -> None:
    accounted = {
        (row["SOPInstanceUID"], row["ROINumber"])
        for table in ("masks", "points", "roi_failures")
        for row in road.registry(f"select SOPInstanceUID, ROINumber from {table}")
    }
    drawn = {
        (uid, int(item.ROINumber))
        for uid, dataset in all_structure_sets.items()
        for item in dataset.StructureSetROISequence
    }
    assert accounted == drawn


def test_each_mask_row_has_its_file_whole_and_each_file_its_row(road: Road) -> None:
    rows = road.registry("select path, sha256, voxel_count from masks")
    registered = {road.file(row["path"]): row["sha256"] for row in rows}
    assert len(registered) == len(rows) > 0
    on_disk = set(road.masks.rglob("*.nii.gz"))
    assert on_disk == set(registered)
    hashes = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in on_disk}
    assert hashes == registered


def test_each_mask_has_the_voxels_and_the_volume_that_its_row_says(road: Road) -> None:
    for row in road.registry("select path, voxel_count, mask_volume_mL from masks"):
        image = nibabel.load(road.file(row["path"]))
        voxels = int(np.count_nonzero(np.asanyarray(image.dataobj)))
        assert voxels == row["voxel_count"]
        volume = voxels * float(np.prod(image.header.get_zooms())) / 1000
        assert volume == pytest.approx(row["mask_volume_mL"], rel=1e-4)


def test_lung1_001_has_four_masks_on_the_grid_of_its_ct(road: Road, shared_dicom: Path) -> None:
    folder = shared_dicom / "idc-nsclc_radiomics-LUNG1-001"
    series = {
        pydicom.dcmread(path, specific_tags=["SeriesInstanceUID"]).SeriesInstanceUID
        for path in folder.rglob("*.dcm")
        if pydicom.dcmread(path, specific_tags=["Modality"]).Modality == "CT"
    }
    (ct,) = series
    rows = road.registry(
        "select * from masks where referenced_SeriesInstanceUID = ? order by ROINumber", ct
    )
    assert {row["ROIName"] for row in rows} == {"GTV-1", "Spinal-Cord", "Lung-Left", "Lung-Right"}
    assert len(rows) == 4
    for row in rows:
        assert nibabel.load(road.file(row["path"])).shape == (512, 512, 134)


@pytest.mark.parametrize("name", IBSI_SETS)
def test_masks_equal_the_independent_reference_voxel_for_voxel(
    road: Road, shared_dicom: Path, name: str
) -> None:
    folder = shared_dicom / "ibsi-validation-STS-subset" / name
    structures = pydicom.dcmread(folder / "RTSTRUCT" / "RS.dcm", stop_before_pixels=True)
    (image_folder,) = (
        folder / modality for modality in ("CT", "MR", "PT") if (folder / modality).is_dir()
    )
    image = pydicom.dcmread(next(image_folder.iterdir()), stop_before_pixels=True)
    (row,) = road.registry(
        "select path from masks where SOPInstanceUID = ? and referenced_SeriesInstanceUID = ?",
        str(structures.SOPInstanceUID),
        str(image.SeriesInstanceUID),
    )
    (reference_path,) = (folder / "nifti_reference").glob("*.nii.gz")
    ours = SimpleITK.DICOMOrient(SimpleITK.ReadImage(str(road.file(row["path"]))), "LPS")
    reference = SimpleITK.DICOMOrient(SimpleITK.ReadImage(str(reference_path)), "LPS")
    assert ours.GetOrigin() == pytest.approx(reference.GetOrigin(), abs=0.01)
    assert ours.GetSpacing() == pytest.approx(reference.GetSpacing(), rel=1e-4)
    expected = SimpleITK.GetArrayViewFromImage(reference) > 0
    assert expected.any()
    assert np.array_equal(SimpleITK.GetArrayViewFromImage(ours) > 0, expected)


def test_masks_on_the_oblique_mr_have_the_volume_of_their_contours(
    road: Road, shared_dicom: Path
) -> None:
    folder = shared_dicom / "idc-soft_tissue_sarcoma-STS_001-MR_T2-oblique"
    (structures,) = structure_sets(folder).values()
    images = [pydicom.dcmread(path, stop_before_pixels=True) for path in (folder / "MR").iterdir()]
    row_direction, column_direction = np.array(images[0].ImageOrientationPatient, float).reshape(
        2, 3
    )
    normal = np.cross(row_direction, column_direction)
    heights = np.sort([np.array(image.ImagePositionPatient, float) @ normal for image in images])
    spacing = float(np.mean(np.diff(heights)))
    names = {item.ROINumber: item.ROIName for item in structures.StructureSetROISequence}
    masks = {
        row["ROIName"]: row["mask_volume_mL"]
        for row in road.registry(
            "select * from masks where SOPInstanceUID = ? and referenced_SeriesInstanceUID = ?",
            str(structures.SOPInstanceUID),
            str(images[0].SeriesInstanceUID),
        )
    }
    assert set(masks) == set(names.values())
    for item in structures.ROIContourSequence:
        # No contour of these two ROIs lies inside another: areas add up.
        volume = 0.0
        for contour in item.ContourSequence:
            points = np.array(contour.ContourData, float).reshape(-1, 3)
            u, v = points @ row_direction, points @ column_direction
            volume += abs(u @ np.roll(v, -1) - v @ np.roll(u, -1)) / 2 * spacing / 1000
        assert masks[names[item.ReferencedROINumber]] == pytest.approx(volume, rel=0.02)


def test_point_rois_become_points(
    road: Road, all_structure_sets: dict[str, pydicom.Dataset]
) -> None:
    rows = road.registry("select SOPInstanceUID, ROINumber, x_mm, y_mm, z_mm from points")
    found = {(row["SOPInstanceUID"], row["ROINumber"]) for row in rows}
    assert found
    for row in rows:
        dataset = all_structure_sets[row["SOPInstanceUID"]]
        points = [
            [float(value) for value in contour.ContourData]
            for item in dataset.ROIContourSequence
            if int(item.ReferencedROINumber) == row["ROINumber"]
            for contour in item.ContourSequence
            if contour.ContourGeometricType == "POINT"
        ]
        assert [row["x_mm"], row["y_mm"], row["z_mm"]] in [pytest.approx(point) for point in points]


def test_running_convert_again_does_nothing_and_says_so(road: Road) -> None:
    before = road.registry("select * from masks order by path")
    stamps = {path: path.stat().st_mtime_ns for path in road.masks.rglob("*.nii.gz")}
    again = road.convert()
    assert "Nothing to do" in again.stdout
    assert again.returncode == road.exit_codes["convert"]
    assert road.registry("select * from masks order by path") == before
    assert {path: path.stat().st_mtime_ns for path in road.masks.rglob("*.nii.gz")} == stamps


def test_masks_know_how_sure_their_names_are(road: Road) -> None:
    graded = {
        (row["structure_set_key"], row["ROINumber"]): (row["structure"], row["confidence"])
        for row in road.catalog("from rtstruct.rtstruct_rois")
    }
    masks = road.registry(
        "select structure_set_key, ROINumber, structure, confidence"
        " from masks inner join conversions using (conversion_id)"
    )
    said = [(mask["structure"], mask["confidence"]) for mask in masks]
    assert said == [graded[mask["structure_set_key"], mask["ROINumber"]] for mask in masks]
