"""Phantom DICOM is read by independent readers as it was meant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
import SimpleITK

from rtstruct.phantom import shapes
from rtstruct.phantom.grid import AXIAL, CORONAL, SAGITTAL, Grid, oblique, uniform
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import ImageSeries, Modality, Order, write_image_series
from rtstruct.phantom.structure_set import DrawnROI, draw, seed, write_structure_set

if TYPE_CHECKING:
    from pathlib import Path

STUDY = Study("PHANTOM-1")
GRID = Grid(
    columns=20,
    rows=16,
    slices_mm=uniform(9, 2.5),
    row_spacing_mm=1.5,
    column_spacing_mm=0.75,
    slice_thickness_mm=2.5,
    centre_mm=(10.0, -20.0, 300.0),
)
ORIENTATIONS = {
    "axial": AXIAL,
    "coronal": CORONAL,
    "sagittal": SAGITTAL,
    "double oblique": oblique(20, -15, 7),
}


def read_series(folder: Path) -> SimpleITK.Image:
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_simpleitk_finds_each_voxel_where_the_grid_puts_it(
    tmp_path: Path, orientation: str, order: Order
) -> None:
    grid = replace(GRID, directions=ORIENTATIONS[orientation])
    pixels = np.arange(9 * 16 * 20, dtype=np.int16).reshape(9, 16, 20)
    series = write_image_series(tmp_path, grid, STUDY, pixels=pixels, order=order)
    image = read_series(tmp_path)
    assert image.GetSize() == (20, 16, 9)
    for k, row, column in ((0, 0, 0), (4, 7, 3), (8, 15, 19)):
        u = (column - 9.5) * 0.75
        v = (row - 7.5) * 1.5
        point = grid.to_patient(np.array([[u, v, grid.slices_mm[k]]]))[0]
        index = image.TransformPhysicalPointToIndex(point.tolist())
        assert image.TransformIndexToPhysicalPoint(index) == pytest.approx(point, abs=1e-6)
        assert image.GetPixel(index) == pixels[k, row, column]
    numbers = [pydicom.dcmread(path).InstanceNumber for path in series.paths]
    assert (numbers == sorted(numbers)) == (order == "ascending")


def test_missing_slices_and_tilt_are_in_the_positions(tmp_path: Path) -> None:
    grid = replace(
        GRID,
        slices_mm=uniform(9, 2.5, without={3, 4}),
        gantry_tilt_degrees=10.0,
        directions=oblique(10),
    )
    series = write_image_series(tmp_path, grid, STUDY)
    positions = np.array(
        [pydicom.dcmread(path).ImagePositionPatient for path in series.paths], float
    )
    steps = np.diff(positions, axis=0)
    assert steps[:, :2] == pytest.approx(np.zeros((6, 2)), abs=1e-9)
    along_table = 2.5 / np.cos(np.radians(10))
    assert steps[:, 2] == pytest.approx(along_table * np.array([1, 1, 3, 1, 1, 1]))


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_an_enhanced_series_is_one_file_with_a_position_per_frame(
    tmp_path: Path, modality: Modality
) -> None:
    pixels = np.repeat(np.arange(9, dtype=np.int16), 16 * 20).reshape(9, 16, 20)
    series = write_image_series(
        tmp_path,
        GRID,
        STUDY,
        modality=modality,
        pixels=pixels,
        enhanced=True,
        order="descending",
    )
    (path,) = series.paths
    dataset = pydicom.dcmread(path)
    frames = dataset.PerFrameFunctionalGroupsSequence
    assert dataset.pixel_array.shape == (9, 16, 20)
    assert set(series.SOPInstanceUIDs) == {dataset.SOPInstanceUID}
    for frame, values in zip(frames, dataset.pixel_array, strict=True):
        position = frame.PlanePositionSequence[0].ImagePositionPatient
        assert position == pytest.approx(GRID.position(int(values[0, 0])))
    assert SimpleITK.ReadImage(str(path)).GetSize() == (20, 16, 9)


def test_the_same_phantom_is_the_same_bytes(tmp_path: Path) -> None:
    def files(folder: Path) -> list[bytes]:
        series = write_image_series(folder, GRID, STUDY, order="shuffled")
        write_structure_set(folder / "rs.dcm", [_sphere(series)], series, shuffle=True)
        return [path.read_bytes() for path in sorted(folder.iterdir())]

    first, second = files(tmp_path / "a"), files(tmp_path / "b")
    assert first == second
    assert len(first) == len(GRID.slices_mm) + 1


@pytest.mark.parametrize(
    ("name", "character_set"),
    [
        ("Lung_L", "ISO_IR 100"),
        ("Rückenmark", "ISO_IR 100"),
        ("左肺", "ISO_IR 192"),
        ("🫁 <b>lung</b>; drop table", "ISO_IR 192"),
        ("肝臓", "GB18030"),
        ("Печень", "ISO_IR 144"),
    ],
)
def test_names_survive_in_the_character_set_of_their_language(
    tmp_path: Path, name: str, character_set: str
) -> None:
    path = tmp_path / "rs.dcm"
    asked = character_set if character_set in {"GB18030", "ISO_IR 144"} else None
    write_structure_set(path, [DrawnROI(1, name)], None, study=STUDY, character_set=asked)
    dataset = pydicom.dcmread(path)
    assert dataset.SpecificCharacterSet == character_set
    assert dataset.StructureSetROISequence[0].ROIName == name


def test_contours_lie_on_the_slices_that_they_reference(tmp_path: Path) -> None:
    series = write_image_series(
        tmp_path, replace(GRID, directions=oblique(30, 10)), STUDY, modality="MR"
    )
    rois = [_sphere(series), DrawnROI(2, "seed", seed(series.grid, (1, 2, 0))), DrawnROI(3, "none")]
    write_structure_set(tmp_path / "rs.dcm", rois, series, shuffle=True)
    dataset = pydicom.dcmread(tmp_path / "rs.dcm")
    positions = {
        image.SOPInstanceUID: np.array(image.ImagePositionPatient, float)
        for image in map(pydicom.dcmread, series.paths)
    }
    contours = {
        item.ReferencedROINumber: item.get("ContourSequence", [])
        for item in dataset.ROIContourSequence
    }
    assert {number: len(items) > 0 for number, items in contours.items()} == {
        1: True,
        2: True,
        3: False,
    }
    assert contours[2][0].ContourGeometricType == "POINT"
    for contour in contours[1]:
        uid = contour.ContourImageSequence[0].ReferencedSOPInstanceUID
        points = np.array(contour.ContourData, float).reshape(-1, 3)
        assert len(points) == contour.NumberOfContourPoints
        distance = (points - positions[uid]) @ np.array(series.grid.normal)
        assert distance == pytest.approx(np.zeros(len(points)), abs=1e-6)


def test_no_value_is_longer_than_the_standard_allows(tmp_path: Path) -> None:
    grid = replace(GRID, directions=oblique(17.3, 4.1, -8.9), centre_mm=(-1234.5678, 987.6, -2500))
    series = write_image_series(tmp_path, grid, STUDY)
    write_structure_set(tmp_path / "rs.dcm", [_sphere(series)], series)
    pydicom.config.settings.reading_validation_mode = pydicom.config.RAISE
    try:
        for path in tmp_path.iterdir():
            str(pydicom.dcmread(path))
    finally:
        pydicom.config.settings.reading_validation_mode = pydicom.config.WARN


def _sphere(series: ImageSeries) -> DrawnROI:
    return DrawnROI(1, "sphere", draw(shapes.sphere((0, 0, 0), 7), series.grid))
