"""DICOM files for tests, written by pydicom: slices of any kind, structure sets of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    PYDICOM_IMPLEMENTATION_UID,
    CTImageStorage,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    RTStructureSetStorage,
    generate_uid,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SERIES = "1.2.826.0.1.3680043.10.9999.1"
FRAME = "1.2.826.0.1.3680043.10.9999.2"
# What a structure set must have, though it may be empty, and no reader needs.
REQUIRED = (
    *("AccessionNumber", "Manufacturer", "OperatorsName", "PatientBirthDate", "PatientName"),
    *("PatientSex", "PositionReferenceIndicator", "ReferringPhysicianName", "SeriesNumber"),
    "StructureSetDate",
    *("StructureSetTime", "StudyDate", "StudyID", "StudyTime"),
)
AXIAL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def decimals(values: Iterable[float]) -> list[str]:
    """Decimal strings of at most 16 characters."""
    return [f"{value:.9f}"[:16] for value in values]


def file_of(sop_class: str, **elements: object) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.FileMetaInformationGroupLength = 0  # pydicom counts when it writes
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    dataset = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def slice_of(
    origin: np.ndarray,
    axes: np.ndarray = AXIAL,
    spacing: tuple[float, float] = (1.0, 1.0),
    shape: tuple[int, int] = (26, 30),
    **changes: object,
) -> FileDataset:
    """One CT slice; ``spacing`` between rows and columns, ``shape`` rows and columns."""
    elements: dict[str, object] = {
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "Modality": "CT",
        "SliceThickness": "3",
        "SeriesInstanceUID": SERIES,
        "FrameOfReferenceUID": FRAME,
        "ImagePositionPatient": decimals(origin),
        "ImageOrientationPatient": decimals(axes.ravel()),
        "PixelSpacing": decimals(spacing),
        "Rows": shape[0],
        "Columns": shape[1],
        "BitsAllocated": 16,
        "PixelRepresentation": 0,
        "PixelData": bytes(2 * shape[0] * shape[1]),
    }
    return file_of(CTImageStorage, **{**elements, **changes})


def write_series(folder: Path, origins: np.ndarray, **changes: object) -> list[tuple[str, None]]:
    """Write the slices at ``origins`` in random order of file names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = np.random.default_rng(3).permutation(len(origins))
    for name, origin in zip(names, origins, strict=True):
        slice_of(origin, **changes).save_as(folder / f"{name:04d}.dcm")
    return files_in(folder)


def files_in(folder: Path) -> list[tuple[str, None]]:
    return [(str(path), None) for path in sorted(folder.iterdir())]


def enhanced(origins: np.ndarray, axes: np.ndarray, spacing: tuple[float, float]) -> FileDataset:
    """An enhanced multi-frame CT: one file, positions per frame, the rest shared."""

    def item(keyword: str, **elements: object) -> Dataset:
        inner, outer = Dataset(), Dataset()
        for name, value in elements.items():
            setattr(inner, name, value)
        setattr(outer, keyword, Sequence([inner]))
        return outer

    shared = item("PlaneOrientationSequence", ImageOrientationPatient=decimals(axes.ravel()))
    shared.update(item("PixelMeasuresSequence", PixelSpacing=decimals(spacing), SliceThickness="3"))
    frames = [
        item("PlanePositionSequence", ImagePositionPatient=decimals(origin)) for origin in origins
    ]
    dataset = slice_of(origins[0], NumberOfFrames=len(origins), SOPClassUID=EnhancedCTImageStorage)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        del dataset[keyword]
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    dataset.PixelData = bytes(2 * 26 * 30 * len(origins))
    return dataset


def contour(points: np.ndarray, geometric_type: str = "CLOSED_PLANAR") -> Dataset:
    item = Dataset()
    item.ContourGeometricType = geometric_type
    item.NumberOfContourPoints = len(points)
    item.ContourData = decimals(np.asarray(points).ravel())
    return item


def structure_set(
    rois: dict[tuple[int, str], list[Dataset] | None], frame: str = FRAME, **changes: object
) -> FileDataset:
    """A structure set of ROIs by number and name; None: no item in ROIContourSequence."""
    named, drawn = [], []
    for (number, name), contours in rois.items():
        roi = Dataset()
        roi.ROINumber = number
        roi.ReferencedFrameOfReferenceUID = frame
        roi.ROIName = name
        roi.ROIGenerationAlgorithm = None
        named.append(roi)
        if contours is not None:
            item = Dataset()
            item.ReferencedROINumber = number
            if contours:
                item.ContourSequence = Sequence(contours)
            drawn.append(item)
    reference = Dataset()
    reference.FrameOfReferenceUID = frame
    elements: dict[str, object] = {
        **dict.fromkeys(REQUIRED, None),
        "SpecificCharacterSet": "ISO_IR 192",
        "StructureSetLabel": "made by a test",
        "FrameOfReferenceUID": frame or None,
        "Modality": "RTSTRUCT",
        "SeriesInstanceUID": generate_uid(),
        "ReferencedFrameOfReferenceSequence": Sequence([reference]),
        "StructureSetROISequence": Sequence(named),
        # In another order than the names: only numbers join the two.
        "ROIContourSequence": Sequence(drawn[::-1]),
    }
    return file_of(RTStructureSetStorage, **{**elements, **changes})
