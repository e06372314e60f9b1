"""Registration objects as planning systems export them, written by pydicom alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import DeformableSpatialRegistrationStorage, SpatialRegistrationStorage

from rtstruct.phantom.identity import PHANTOM_DATE, phantom_uid
from rtstruct.phantom.image_series import new_dataset, save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rtstruct.phantom.identity import Study

# Words of a registration are free text, which may say anything.
WORDS = {
    "ContentLabel": "IDENTITY",
    "ContentDescription": "RIGID 1\\0\\0\\0 of frame 1.2.3",
    "SeriesDescription": "do not use; deformable",
}


def matrix_text(matrix: np.ndarray) -> list[str]:
    """16 decimal strings, row by row, as long as VR DS allows."""
    return [f"{value:.12f}"[:16] for value in np.asarray(matrix, dtype=np.float64).ravel()]


def write_registration(
    path: Path,
    study: Study,
    frame: str,
    sources: Sequence[tuple[str, Sequence[np.ndarray]]],
    *,
    kind: str = "RIGID",
) -> str:
    """Write a Spatial Registration and return its SOPInstanceUID.

    Parameters
    ----------
    frame
        The frame of reference that matrices lead to.
    sources
        Frames of reference, each with the matrices (4, 4) of its item, the first applied first.
    kind
        FrameOfReferenceTransformationMatrixType.
    """
    dataset = _new(study, SpatialRegistrationStorage, path.stem, frame)
    dataset.RegistrationSequence = [_source(uid, matrices, kind) for uid, matrices in sources]
    save(dataset, path)
    return str(dataset.SOPInstanceUID)


def write_deformable(path: Path, study: Study, frame: str, source: str) -> str:
    """Write a Deformable Spatial Registration of one vector that moves nothing."""
    dataset = _new(study, DeformableSpatialRegistrationStorage, path.stem, frame)
    item, grid = Dataset(), Dataset()
    item.SourceFrameOfReferenceUID = source
    grid.ImagePositionPatient = ["0", "0", "0"]
    grid.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    grid.GridDimensions = [1, 1, 1]
    grid.GridResolution = [1.0, 1.0, 1.0]
    grid.VectorGridData = np.zeros(3, np.float32).tobytes()
    item.DeformableRegistrationGridSequence = [grid]
    dataset.DeformableRegistrationSequence = [item]
    save(dataset, path)
    return str(dataset.SOPInstanceUID)


def _new(study: Study, sop_class: str, name: str, frame: str) -> Dataset:
    dataset = new_dataset(study, sop_class, phantom_uid(study.PatientID, "registration", name))
    dataset.Modality = "REG"
    dataset.SeriesInstanceUID = phantom_uid(study.PatientID, "registration", name, "series")
    dataset.SeriesNumber = 9
    dataset.InstanceNumber = 1
    dataset.FrameOfReferenceUID = frame
    dataset.PositionReferenceIndicator = None
    dataset.ContentDate = PHANTOM_DATE
    dataset.ContentTime = "120000"
    dataset.ContentCreatorName = None
    for keyword, words in WORDS.items():
        setattr(dataset, keyword, words)
    return dataset


def _source(frame: str, matrices: Sequence[np.ndarray], kind: str) -> Dataset:
    item, registration = Dataset(), Dataset()
    item.FrameOfReferenceUID = frame
    steps = []
    for matrix in matrices:
        step = Dataset()
        step.FrameOfReferenceTransformationMatrixType = kind
        step.FrameOfReferenceTransformationMatrix = matrix_text(matrix)
        steps.append(step)
    registration.FrameOfReferenceTransformationComment = "not to be trusted: 0\\0\\0\\0"
    registration.RegistrationTypeCodeSequence = []
    registration.MatrixSequence = steps
    item.MatrixRegistrationSequence = [registration]
    return item
