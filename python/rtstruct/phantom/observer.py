"""A second observer: what was drawn before, moved by a known distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom

from rtstruct.phantom.identity import phantom_uid

if TYPE_CHECKING:
    from pathlib import Path


def write_second_observer(
    drawn: Path, out: Path, shift_mm: tuple[float, float, float] = (2.0, 0.0, 0.0)
) -> None:
    """Write a structure set again as somebody else's, every point moved.

    Parameters
    ----------
    drawn, out
        Files of the first and the second observer.
    shift_mm
        Towards the patient's left, back and head (DICOM's axes).
    """
    dataset = pydicom.dcmread(drawn)
    dataset.StructureSetLabel = "Observer 2"
    dataset.SeriesInstanceUID = phantom_uid(dataset.SeriesInstanceUID, "observer 2")
    dataset.SOPInstanceUID = phantom_uid(dataset.SOPInstanceUID, "observer 2")
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    for roi in dataset.ROIContourSequence:
        for contour in roi.get("ContourSequence", ()):
            points = np.reshape(np.array(contour.ContourData, dtype=float), (-1, 3)) + shift_mm
            contour.ContourData = [f"{value:.10g}" for value in points.ravel()]
    dataset.save_as(out)
