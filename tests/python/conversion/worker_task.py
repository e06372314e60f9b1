"""Tasks for the worker, made of real DICOM files in a temporary folder."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK
from pydicom.dataset import Dataset

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
from support.dicom_files import (
    AXIAL,
    SERIES,
    contour,
    structure_set,
    write_series,
)
from support.slow_rule import circle, volume

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SLICES, ROWS, COLUMNS = 8, 26, 30
CORNER = np.array([-51.3, 27.9, 113.0])
TILTED = np.array([[0.8, 0.36, 0.48], [-0.6, 0.48, 0.64]])
ROIs = dict[tuple[int, str], list[Dataset] | None]


def origins_of(axes: np.ndarray = AXIAL, spacing: float = 3.0, count: int = SLICES) -> np.ndarray:
    return CORNER + np.outer(np.arange(count) * spacing, np.cross(*axes))


def drawn(
    planes: dict[int, list[np.ndarray]],
    axes: np.ndarray = AXIAL,
    spacing: tuple[float, float] = (1.0, 1.0),
    geometric_type: str = "CLOSED_PLANAR",
) -> list[Dataset]:
    """Contours of polygons in voxels (column, row) on slices."""
    steps = axes * [[spacing[1]], [spacing[0]]]
    origins = origins_of(axes)
    return [
        contour(origins[k] + polygon @ steps, geometric_type)
        for k in planes
        for polygon in planes[k]
    ]


def task_of(
    folder: Path,
    rois: ROIs,
    *,
    files: Iterable[tuple[str, str | None]] | None = None,
    options: Options | None = None,
    evidence: str = "sop",
    **changes: object,
) -> ConversionTask:
    """Write a structure set (and an axial series unless files are given) and ask for all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    if files is None:
        files = write_series(folder / "ct", origins_of())
    dataset = structure_set(rois, **changes)
    dataset.save_as(folder / "rt.dcm")
    work = StructureSetWork(
        file=DicomFile(dataset.SOPInstanceUID, str(folder / "rt.dcm")),
        provenance=Provenance(dataset.SeriesInstanceUID),
        instance_hash=None,
        evidence=evidence,
        rois=tuple(SelectedROI(name, ROINumber=number) for number, name in rois),
        output_folder="patient/set",
    )
    images = tuple(DicomFile("", path, member) for path, member in files)
    return ConversionTask(
        "phantoms", "P1", Provenance(SERIES), images, (work,), options or Options()
    )


def convert(task: ConversionTask, staging: Path) -> Outcome:
    (outcome,) = convert_task(task, staging)
    for mask in outcome.masks:
        file = staging / mask.path
        assert sha256(file.read_bytes()).hexdigest() == mask.sha256
        assert file.resolve().is_relative_to(staging.resolve())
    return outcome


def image_of(outcome: Outcome, staging: Path, number: int) -> SimpleITK.Image:
    (mask,) = [mask for mask in outcome.masks if mask.ROINumber == number]
    return SimpleITK.ReadImage(str(staging / mask.path))


def voxels_of(outcome: Outcome, staging: Path, number: int) -> np.ndarray:
    return SimpleITK.GetArrayFromImage(image_of(outcome, staging, number))


BALL = {k: [circle(14, 12, 6)] for k in range(2, 6)}
BALL_MASK = volume(BALL, (SLICES, ROWS, COLUMNS))
