"""The phantom cohort: complete, the same each time, and its truth is what was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest

from rtstruct.phantom.cohort import PhantomROI, write_cohort

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[PhantomROI, ...]]:
    folder = tmp_path_factory.mktemp("cohort")
    return folder, write_cohort(folder)


def shoelace_mm2(points: np.ndarray) -> float:
    """Area of a planar polygon in space."""
    moved = points - points[0]
    return float(np.linalg.norm(np.cross(moved, np.roll(moved, -1, axis=0)).sum(axis=0)) / 2)


def test_the_truth_is_the_area_of_the_contours_in_the_files(
    cohort: tuple[Path, tuple[PhantomROI, ...]],
) -> None:
    folder, truth = cohort
    expected = {
        (roi.SOPInstanceUID, roi.ROINumber): roi.volume_mL
        for roi in truth
        if roi.volume_mL is not None
    }
    found = {}
    for path in folder.rglob("structures.dcm"):
        dataset = pydicom.dcmread(path)
        for item in dataset.ROIContourSequence:
            planes: dict[float, list[float]] = {}
            for contour in item.get("ContourSequence", []):
                points = np.array(contour.ContourData, float).reshape(-1, 3)
                if len(points) >= 3:
                    uid = contour.ContourImageSequence[0].ReferencedSOPInstanceUID
                    planes.setdefault(uid, []).append(shoelace_mm2(points))
            # Contours of a plane are nested here: the largest is filled, the next is a hole, ...
            areas = (
                area * (-1) ** depth
                for plane in planes.values()
                for depth, area in enumerate(sorted(plane, reverse=True))
            )
            found[(dataset.SOPInstanceUID, int(item.ReferencedROINumber))] = sum(areas) * 3.0 / 1000
    assert {key: found[key] for key in expected} == pytest.approx(expected, rel=1e-6)


def test_the_cohort_has_what_real_cohorts_have(
    cohort: tuple[Path, tuple[PhantomROI, ...]],
) -> None:
    folder, truth = cohort
    names = [roi.ROIName for roi in truth]
    written = [
        item.ROIName
        for path in sorted(folder.rglob("structures.dcm"))
        for item in sorted(
            pydicom.dcmread(path).StructureSetROISequence, key=lambda item: item.ROINumber
        )
    ]
    assert sorted(written) == sorted(names)
    assert {roi.kind for roi in truth} == {"mask", "points", "empty", "unconvertible"}
    assert {"../evil", "Poumon G", "Leber", "Lung_L", "left lung", "cord+5mm", "zz_ring"} <= {
        *names
    }
    duplicates = [roi for roi in truth if roi.ROIName == "GTV"]
    assert len(duplicates) == 2
    assert len({roi.SOPInstanceUID for roi in duplicates}) == 1
    modalities = {pydicom.dcmread(path).Modality for path in folder.rglob("*0001.dcm")}
    assert modalities == {"CT", "MR"}


def test_writing_it_again_changes_no_byte(
    cohort: tuple[Path, tuple[PhantomROI, ...]], tmp_path: Path
) -> None:
    folder, truth = cohort
    assert write_cohort(tmp_path) == truth

    def files(root: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file()
        }

    assert files(tmp_path) == files(folder)
