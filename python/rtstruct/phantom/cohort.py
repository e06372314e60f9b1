"""A small cohort of phantom patients, as untidy as a real one, whose volumes are known exactly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from rtstruct.geometry.contours import PlacedContours
from rtstruct.geometry.scanline import rasterise
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.patients import BODY, PATIENTS, ROI, SLICE_MM, Patient
from rtstruct.phantom.structure_set import DrawnROI, draw, seed, write_structure_set

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from rtstruct.phantom.grid import Grid
    from rtstruct.phantom.shapes import Solid

COLOURS = ((228, 26, 28), (55, 126, 184), (77, 175, 74), (152, 78, 163), (255, 127, 0))

Kind = Literal["mask", "points", "empty", "unconvertible"]


@dataclass(frozen=True)
class PhantomROI:
    """What must become of one ROI of the cohort."""

    PatientID: str
    SOPInstanceUID: str
    """Of the structure set."""
    ROINumber: int
    ROIName: str
    volume_mL: float | None
    """Area drawn on each slice times the distance of the slices; None where no mask is due."""
    kind: Kind
    point_count: int


def write_cohort(folder: Path) -> tuple[PhantomROI, ...]:
    """Write all patients into `folder`, one folder each, and return the truth, ROI by ROI.

    The same files, byte for byte, whenever it is called.
    """
    return tuple(truth for patient in PATIENTS for truth in _write_patient(folder, patient))


def _write_patient(folder: Path, patient: Patient) -> tuple[PhantomROI, ...]:
    study = Study(patient.PatientID, patient.PatientName)
    home = folder / patient.PatientID
    image = write_image_series(
        home / "image",
        patient.grid,
        study,
        pixels=_paint(patient),
        modality=patient.modality,
        order=patient.order,
        patient_position=patient.patient_position,
    )
    rois = [
        DrawnROI(
            ROINumber=number,
            ROIName=roi.name,
            contours=(
                draw(roi.solid, patient.grid, geometric_type=roi.geometric_type)
                if roi.solid
                else seed(patient.grid, *roi.seeds)
            ),
            RTROIInterpretedType=roi.RTROIInterpretedType,
            ROIDisplayColor=COLOURS[number % len(COLOURS)],
        )
        for number, roi in enumerate(patient.rois, 1)
    ]
    uid = write_structure_set(home / "structures.dcm", rois, image, shuffle=patient.shuffle)
    if patient.image_is_absent:
        for path in image.paths:
            path.unlink()
        (home / "image").rmdir()
    return tuple(_truth(patient, uid, number, roi) for number, roi in enumerate(patient.rois, 1))


def _truth(patient: Patient, uid: str, number: int, roi: ROI) -> PhantomROI:
    kind: Kind = "mask" if roi.solid else "points" if roi.seeds else "empty"
    if patient.image_is_absent:
        kind = "unconvertible"
    volume = (
        roi.solid.drawn_volume(patient.grid.slices_mm, SLICE_MM)
        if roi.solid and kind == "mask"
        else None
    )
    return PhantomROI(patient.PatientID, uid, number, roi.name, volume, kind, len(roi.seeds))


def _paint(patient: Patient) -> NDArray[np.int16]:
    """Pixels (slice, row, column): a body with what is drawn in it, so that pictures show it."""
    grid = patient.grid
    background, body = (-1000, 20) if patient.modality == "CT" else (0, 180)
    shape = (len(grid.slices_mm), grid.rows, grid.columns)
    pixels = np.full(shape, background, np.int16)
    painted = [(BODY, body), *((roi.solid, roi.pixel_value) for roi in patient.rois)]
    for solid, value in painted:
        if solid and value is not None:
            pixels[_voxels(solid, grid)] = value
    return pixels


def _voxels(solid: Solid, grid: Grid) -> NDArray[np.bool_]:
    polygons = [(k, polygon) for k, w in enumerate(grid.slices_mm) for polygon in solid.section(w)]
    points = np.concatenate([polygon for _, polygon in polygons])
    placed = PlacedContours(
        column=points[:, 0] / grid.column_spacing_mm + (grid.columns - 1) / 2,
        row=points[:, 1] / grid.row_spacing_mm + (grid.rows - 1) / 2,
        counts=np.array([len(polygon) for _, polygon in polygons]),
        slices=np.array([k for k, _ in polygons]),
        skipped=Counter(),
        clipped=0,
    )
    shape = (len(grid.slices_mm), grid.rows, grid.columns)
    return rasterise(placed, shape).to_array().astype(bool)
