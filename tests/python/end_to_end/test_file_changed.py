"""Structure sets that change after they were indexed: no mask carries the name of another ROI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import SimpleITK

from end_to_end.conftest import Road
from rtstruct.phantom.grid import Grid
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.structure_set import Contour, DrawnROI, write_structure_set
from rtstruct.write.file_names import roi_file_name

if TYPE_CHECKING:
    from pathlib import Path

GRID = Grid(columns=60, rows=40, slices_mm=(0.0, 3.0, 6.0))


def box(left: float, width: int) -> tuple[Contour, ...]:
    """A rectangle of ``width`` by 10 voxels on every slice."""
    contours = []
    for k in range(3):
        corners = [(left, 5), (left + width, 5), (left + width, 15), (left, 15)]
        origin = np.array(GRID.position(k))
        points = [origin + np.array([x - 0.5, y - 0.5, 0]) for x, y in corners]
        contours.append(Contour(np.array(points), slice_index=k))
    return tuple(contours)


def draw(folder: Path, rois: dict[int, tuple[str, float, int]]) -> None:
    image = write_image_series(folder / "image", GRID, Study(PatientID="changed"))
    drawn = [DrawnROI(number, name, box(*where)) for number, (name, *where) in rois.items()]
    write_structure_set(folder / "structures.dcm", drawn, image)


def voxels(road: Road) -> dict[str, int]:
    """Voxels of each file, by the name in the registry, as SimpleITK counts them."""
    return {
        row["ROIName"]: int(
            SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(road.file(row["path"])))).sum()
        )
        for row in road.registry("select ROIName, path from masks")
    }


def counts(road: Road) -> tuple[int, int]:
    """Masks of other contours than the catalog's, and of structure sets that it lacks."""
    facts = json.loads(road.here("status", "--json").stdout)
    return facts["masks_outdated"], facts["masks_without_structure_set"]


def test_a_structure_set_that_is_another_one_by_now_gives_no_mask(tmp_path: Path) -> None:
    dicom = tmp_path / "dicom"
    draw(dicom, {1: ("Lung_L", 35, 12), 2: ("Lung_R", 5, 7)})
    road = Road(tmp_path)
    assert road.here("index", str(dicom)).returncode == 0
    assert road.here("build").returncode == 0
    # The numbers change places: by number alone the left lung would be the right one.
    draw(dicom, {1: ("Lung_R", 5, 7), 2: ("Lung_L", 35, 12)})
    refused = road.here("convert", "--where", "true", "--json")
    assert refused.returncode == 1
    facts = json.loads(refused.stdout)
    assert (facts["masks"], facts["not_converted"]) == (0, {"file_changed": 2})
    assert "Index the folder again" in road.here("status").stdout
    assert road.here("index", str(dicom)).returncode == 0
    assert road.here("build").returncode == 0
    assert road.here("retry").returncode == 0
    assert voxels(road) == {"Lung_L": 12 * 10 * 3, "Lung_R": 7 * 10 * 3}


def test_an_export_is_of_the_contours_that_the_catalog_knows(tmp_path: Path) -> None:
    dicom = tmp_path / "dicom"
    draw(dicom, {1: ("Lung_L", 35, 12)})
    road = Road(tmp_path)
    words = ("export", "--where", "true", "--layout", "pyradiomics", "--out", str(tmp_path / "set"))
    for width, outdated in ((12, 0), (9, 1)):
        draw(dicom, {1: ("Lung_L", 35, width)})
        assert road.here("index", str(dicom)).returncode == 0
        assert road.here("build").returncode == 0
        if outdated:
            assert counts(road) == (outdated, 0)
        assert road.here(*words).returncode == 0
        assert voxels(road) == {"Lung_L": width * 10 * 3}
        (exported,) = (tmp_path / "set").rglob("Lung_L*.nii.gz")
        image = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(exported)))
        assert image.sum() == width * 10 * 3
        assert counts(road) == (0, 0)
    (dicom / "structures.dcm").unlink()
    assert road.here("index", str(dicom)).returncode == 0
    assert road.here("build").returncode == 0
    assert counts(road) == (0, 1)


def test_a_name_that_is_read_otherwise_since_is_told_and_brought_up_to_date(tmp_path: Path) -> None:
    dicom = tmp_path / "dicom"
    draw(dicom, {1: ("Zzyx", 35, 12), 2: ("Heart", 5, 7)})
    road = Road(tmp_path)
    assert road.here("index", str(dicom)).returncode == 0
    assert road.here("build").returncode == 0
    assert road.here("convert", "--where", "true").returncode == 0
    (tmp_path / "rules" / "roi_synonyms_local.csv").write_text(
        "ROIName,roi_class,structure,laterality,comment\nZzyx,ANATOMY,Spleen,,as we say\n"
    )
    assert road.here("build").returncode == 0
    known = "select ROIName, structure from masks order by all"
    again = road.here("convert", "--where", "true", "--json")
    assert json.loads(again.stdout)["rois_changed_since"] == 1
    assert [row["structure"] for row in road.registry(known)] == ["Heart", None]
    assert road.here("convert", "--where", "true", "--redo", "changed").returncode == 0
    assert [row["structure"] for row in road.registry(known)] == ["Heart", "Spleen"]
    again = road.here("convert", "--where", "true", "--json")
    assert json.loads(again.stdout)["rois_changed_since"] == 0


def test_masks_of_a_structure_set_with_two_contents_say_so(tmp_path: Path) -> None:
    dicom = tmp_path / "dicom"
    draw(dicom, {1: ("Lung_L", 35, 12)})
    other = pydicom.dcmread(dicom / "structures.dcm")
    other.StructureSetLabel = "another"
    other.save_as(dicom / "structures_2.dcm")
    slices = sorted((dicom / "image").iterdir())
    moved = pydicom.dcmread(slices[0])
    moved.SliceThickness = 2
    moved.save_as(dicom / "moved.dcm")
    road = Road(tmp_path)
    assert road.here("index", str(dicom)).returncode in (0, 1)
    assert road.here("build").returncode == 0
    facts = json.loads(road.here("convert", "--where", "true", "--json").stdout)
    assert facts["warnings"] == {"conflicting_file": 1, "conflicting_images": 1}
    (mask,) = road.registry("select notes from masks")
    assert {note.partition(":")[0] for note in mask["notes"]} == facts["warnings"].keys()
    assert "conflicting_file: 1 mask" in road.here("status").stdout


def test_no_file_name_begins_with_a_minus() -> None:
    assert roi_file_name(-1, "-rf", ".nii.gz") == "_001_rf.nii.gz"
    assert roi_file_name(7, "a", ".nii.gz") == "007_a.nii.gz"
