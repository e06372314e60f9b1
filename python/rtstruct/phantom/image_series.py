"""Image series of phantoms as DICOM files: CT, MR, PT, single-frame or enhanced multi-frame."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    PositronEmissionTomographyImageStorage,
)
from pydicom.valuerep import format_number_as_ds

from rtstruct.phantom.identity import PHANTOM_DATE, Study, phantom_uid, smallest_character_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rtstruct.phantom.grid import Grid

Modality = Literal["CT", "MR", "PT"]
Order = Literal["ascending", "descending", "shuffled"]

_SOP_CLASSES: dict[Modality, UID] = {
    "CT": CTImageStorage,
    "MR": MRImageStorage,
    "PT": PositronEmissionTomographyImageStorage,
}
_ENHANCED_SOP_CLASSES: dict[Modality, UID] = {
    "CT": EnhancedCTImageStorage,
    "MR": EnhancedMRImageStorage,
}


@dataclass(frozen=True)
class ImageSeries:
    """An image series that was written, or could have been."""

    study: Study
    grid: Grid
    SOPClassUID: UID
    SeriesInstanceUID: UID
    FrameOfReferenceUID: UID
    SOPInstanceUIDs: tuple[UID, ...]
    """Of each slice, in the order of the grid's slices; an enhanced series repeats its only one."""
    paths: tuple[Path, ...]
    enhanced: bool
    frame_numbers: tuple[int, ...]
    """InstanceNumber, or frame number if enhanced, of each slice of the grid."""


def write_image_series(
    folder: Path,
    grid: Grid,
    study: Study,
    *,
    modality: Modality = "CT",
    label: str = "image",
    pixels: NDArray[np.int16] | None = None,
    order: Order = "ascending",
    enhanced: bool = False,
    patient_position: str = "HFS",
    suffix: str = ".dcm",
) -> ImageSeries:
    """Write one file per slice (or one enhanced file) into `folder`, which is made if need be.

    Parameters
    ----------
    label
        Tells several series of a study apart; UIDs and file names depend on it.
    pixels
        Values of shape (slice, row, column), in Hounsfield units for CT; zeros if not given.
    order
        How InstanceNumber and file names run along the slices.

    Raises
    ------
    KeyError
        For an enhanced PT, which phantoms do not need.
    """
    words = (study.PatientID, study.label, label)
    count = len(grid.slices_mm)
    values = np.zeros((count, grid.rows, grid.columns), np.int16) if pixels is None else pixels
    numbers = _instance_numbers(count, order, "/".join(words))
    new_image = partial(_new_image, study, words, modality, patient_position)
    if enhanced:
        dataset = new_image(_ENHANCED_SOP_CLASSES[modality], "enhanced", 1)
        by_number = [numbers.index(number) for number in sorted(numbers)]
        _set_frames(dataset, grid, by_number)
        _set_pixels(dataset, values[by_number], modality)
        datasets = [dataset]
    else:
        datasets = []
        for k, number in enumerate(numbers):
            dataset = new_image(_SOP_CLASSES[modality], str(k), number)
            _set_plane(dataset, grid, k)
            _set_pixels(dataset, values[k], modality)
            datasets.append(dataset)
    paths = tuple(
        folder / f"{label}-{int(dataset.InstanceNumber):04d}{suffix}" for dataset in datasets
    )
    for dataset, path in zip(datasets, paths, strict=True):
        save(dataset, path)
    uids = tuple(dataset.SOPInstanceUID for dataset in datasets)
    return ImageSeries(
        study=study,
        grid=grid,
        SOPClassUID=datasets[0].SOPClassUID,
        SeriesInstanceUID=datasets[0].SeriesInstanceUID,
        FrameOfReferenceUID=datasets[0].FrameOfReferenceUID,
        SOPInstanceUIDs=uids * count if enhanced else uids,
        paths=paths,
        enhanced=enhanced,
        frame_numbers=tuple(numbers),
    )


def new_dataset(study: Study, sop_class: UID, sop_instance: UID) -> Dataset:
    """A dataset with the modules that all phantom files share: SOP, patient, study, equipment."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.file_meta.MediaStorageSOPInstanceUID = sop_instance
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = sop_instance
    dataset.SpecificCharacterSet = smallest_character_set(study.PatientName)
    dataset.PatientID = study.PatientID
    dataset.PatientName = study.PatientName
    dataset.PatientBirthDate = None
    dataset.PatientSex = "O"
    dataset.StudyInstanceUID = study.study_instance_uid
    dataset.StudyID = study.label
    dataset.StudyDate = dataset.ContentDate = PHANTOM_DATE
    dataset.StudyTime = dataset.ContentTime = "120000"
    dataset.StudyDescription = "Phantom"
    dataset.ReferringPhysicianName = None
    dataset.AccessionNumber = None
    dataset.Manufacturer = "rtstruct"
    dataset.ManufacturerModelName = "phantom"
    return dataset


def save(dataset: Dataset, path: Path) -> None:
    """Write `dataset`; a file that holds it already keeps its date of change."""
    content = BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    if not path.is_file() or path.read_bytes() != content.getvalue():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.getvalue())


def _instance_numbers(count: int, order: Order, seed: str) -> list[int]:
    """InstanceNumber of each slice of the grid."""
    numbers = list(range(1, count + 1))
    if order == "descending":
        numbers.reverse()
    elif order == "shuffled":
        random.Random(seed).shuffle(numbers)  # noqa: S311 - reproducible, no secret
    return numbers


def _new_image(
    study: Study,
    words: tuple[str, ...],
    modality: Modality,
    patient_position: str,
    sop_class: UID,
    instance: str,
    number: int,
) -> Dataset:
    dataset = new_dataset(study, sop_class, phantom_uid(*words, "instance", instance))
    dataset.Modality = modality
    dataset.SeriesInstanceUID = phantom_uid(*words, "series")
    dataset.SeriesDescription = f"Phantom {modality} {words[-1]}"
    dataset.SeriesNumber = 1
    dataset.FrameOfReferenceUID = phantom_uid(*words, "frame of reference")
    dataset.PositionReferenceIndicator = None
    dataset.PatientPosition = patient_position
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL" if modality == "CT" else "OTHER"]
    dataset.AcquisitionNumber = 1
    dataset.InstanceNumber = number
    return dataset


def _set_plane(dataset: Dataset, grid: Grid, k: int) -> None:
    dataset.ImagePositionPatient = _decimals(grid.position(k))
    dataset.ImageOrientationPatient = _orientation(grid)
    dataset.PixelSpacing = _pixel_spacing(grid)
    dataset.SliceThickness = format_number_as_ds(float(grid.slice_thickness_mm))
    if grid.gantry_tilt_degrees:
        dataset.GantryDetectorTilt = format_number_as_ds(float(grid.gantry_tilt_degrees))


def _set_frames(dataset: Dataset, grid: Grid, slices: Sequence[int]) -> None:
    """Functional groups of an enhanced image whose frames show these slices of the grid."""
    dataset.NumberOfFrames = len(slices)
    measures, orientation, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = _pixel_spacing(grid)
    measures.SliceThickness = format_number_as_ds(float(grid.slice_thickness_mm))
    orientation.ImageOrientationPatient = _orientation(grid)
    shared.PixelMeasuresSequence = [measures]
    shared.PlaneOrientationSequence = [orientation]
    dataset.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for k in slices:
        position, content, frame = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = _decimals(grid.position(k))
        content.StackID = "1"
        content.InStackPositionNumber = k + 1
        content.DimensionIndexValues = [1, k + 1]
        frame.PlanePositionSequence = [position]
        frame.FrameContentSequence = [content]
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = frames


def _set_pixels(dataset: Dataset, values: NDArray[np.int16], modality: Modality) -> None:
    dataset.Rows, dataset.Columns = values.shape[-2:]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 1
    dataset.RescaleIntercept = "0"
    dataset.RescaleSlope = "1"
    if modality == "CT":
        dataset.RescaleType = "HU"
    elif modality == "PT":
        dataset.Units = "BQML"
    dataset.PixelData = values.astype("<i2").tobytes()


def _orientation(grid: Grid) -> list[str]:
    return _decimals(component for direction in grid.directions for component in direction)


def _pixel_spacing(grid: Grid) -> list[str]:
    return _decimals((grid.row_spacing_mm, grid.column_spacing_mm))


def _decimals(values: Iterable[float]) -> list[str]:
    """Decimal strings of at most 16 characters (DICOM PS3.5, value representation DS)."""
    return [format_number_as_ds(round(float(value), 12) + 0.0) for value in values]
