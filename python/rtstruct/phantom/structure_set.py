"""Structure sets of phantoms as DICOM RTSTRUCT files, tidy or as untidy as they come in life."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import UID, RTStructureSetStorage

from rtstruct.phantom.identity import PHANTOM_DATE, Study, phantom_uid, smallest_character_set
from rtstruct.phantom.image_series import ImageSeries, new_dataset, save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rtstruct.phantom.grid import Grid
    from rtstruct.phantom.shapes import Solid

_CONTOUR_DATA = Tag("ContourData")
_STUDY_COMPONENT_CLASS = UID("1.2.840.10008.3.1.2.3.2")


@dataclass(frozen=True)
class Contour:
    """Points of shape (n, 3), patient coordinates in mm."""

    points: NDArray[np.float64]
    geometric_type: str = "CLOSED_PLANAR"
    slice_index: int | None = None
    """The slice of the image that it is drawn on, for ContourImageSequence."""


@dataclass(frozen=True)
class DrawnROI:
    """A ROI as it goes into the file."""

    ROINumber: int
    ROIName: str
    contours: tuple[Contour, ...] = ()
    RTROIInterpretedType: str | None = "ORGAN"
    ROIGenerationAlgorithm: str = "MANUAL"
    ROIDisplayColor: tuple[int, int, int] = field(default=(255, 128, 0))


def draw(
    solid: Solid, grid: Grid, *, offset_mm: float = 0.0, geometric_type: str = "CLOSED_PLANAR"
) -> tuple[Contour, ...]:
    """Contours of `solid` on each slice of `grid`, moved by `offset_mm` along the normal.

    The section is that of the slice; the offset only moves where it is drawn.
    """
    return tuple(
        Contour(
            grid.to_patient(np.column_stack([polygon, np.full(len(polygon), w + offset_mm)])),
            geometric_type,
            k,
        )
        for k, w in enumerate(grid.slices_mm)
        for polygon in solid.section(w)
    )


def seed(grid: Grid, *points: tuple[float, float, float]) -> tuple[Contour, ...]:
    """One POINT contour for each of `points`, given as (u, v, w) in mm."""
    return tuple(
        Contour(grid.to_patient(np.array([point])), "POINT", _nearest(grid, point[2]))
        for point in points
    )


def write_structure_set(
    path: Path,
    rois: Sequence[DrawnROI],
    image: ImageSeries | None,
    *,
    study: Study | None = None,
    label: str = "PHANTOM",
    character_set: str | None = None,
    contour_images: bool = True,
    referenced_series: bool = True,
    frame_of_reference: UID | None = None,
    shuffle: bool = False,
) -> UID:
    """Write one structure set and return its SOPInstanceUID; its folder is made if need be.

    Parameters
    ----------
    image
        The series that the ROIs are drawn on; None for a structure set that references nothing.
    study
        Needed only without `image`.
    character_set
        SpecificCharacterSet; by default the smallest of ASCII, Latin 1 and UTF-8 that fits.
    contour_images
        Whether contours carry a ContourImageSequence.
    referenced_series
        Whether the image series is named in ReferencedFrameOfReferenceSequence.
    frame_of_reference
        Another frame of reference than that of the image.
    shuffle
        Whether the three sequences of ROIs are in three different orders.
    """
    if study is None:
        if image is None:
            raise ValueError("a structure set without an image needs a study")
        study = image.study
    words = (study.PatientID, study.label, "structure set", label)
    dataset = new_dataset(study, RTStructureSetStorage, phantom_uid(*words))
    dataset.SpecificCharacterSet = character_set or smallest_character_set(
        study.PatientName, *(roi.ROIName for roi in rois)
    )
    dataset.Modality = "RTSTRUCT"
    dataset.SeriesInstanceUID = phantom_uid(*words, "series")
    dataset.SeriesDescription = f"Phantom {label}"
    dataset.SeriesNumber = 2
    dataset.InstanceNumber = 1
    dataset.OperatorsName = None
    dataset.StructureSetLabel = label[:16]
    dataset.StructureSetDate = PHANTOM_DATE
    dataset.StructureSetTime = "120000"
    dataset.ApprovalStatus = "UNAPPROVED"

    frame_uid = frame_of_reference or (
        image.FrameOfReferenceUID if image else phantom_uid(*words, "frame of reference")
    )
    dataset.FrameOfReferenceUID = frame_uid
    dataset.PositionReferenceIndicator = None
    frame = Dataset()
    frame.FrameOfReferenceUID = frame_uid
    if image and referenced_series:
        frame.RTReferencedStudySequence = [_referenced_study(image)]
    dataset.ReferencedFrameOfReferenceSequence = [frame]

    structures = [_structure(roi, frame_uid) for roi in rois]
    contours = [_roi_contour(roi, image if contour_images else None) for roi in rois]
    observations = [_observation(roi) for roi in rois]
    if shuffle:
        dice = random.Random("/".join(words))  # noqa: S311 - reproducible, no secret
        for sequence in (structures, contours, observations):
            dice.shuffle(sequence)
    dataset.StructureSetROISequence = structures
    dataset.ROIContourSequence = contours
    dataset.RTROIObservationsSequence = observations
    save(dataset, path)
    return UID(dataset.SOPInstanceUID)


def _referenced_study(image: ImageSeries) -> Dataset:
    series, study = Dataset(), Dataset()
    series.SeriesInstanceUID = image.SeriesInstanceUID
    series.ContourImageSequence = [
        _reference(image, uid) for uid in dict.fromkeys(image.SOPInstanceUIDs)
    ]
    study.ReferencedSOPClassUID = _STUDY_COMPONENT_CLASS
    study.ReferencedSOPInstanceUID = image.study.study_instance_uid
    study.RTReferencedSeriesSequence = [series]
    return study


def _structure(roi: DrawnROI, frame_uid: UID) -> Dataset:
    item = Dataset()
    item.ROINumber = roi.ROINumber
    item.ReferencedFrameOfReferenceUID = frame_uid
    item.ROIName = roi.ROIName
    item.ROIGenerationAlgorithm = roi.ROIGenerationAlgorithm
    return item


def _roi_contour(roi: DrawnROI, image: ImageSeries | None) -> Dataset:
    item = Dataset()
    item.ROIDisplayColor = list(roi.ROIDisplayColor)
    item.ReferencedROINumber = roi.ROINumber
    if roi.contours:
        item.ContourSequence = [
            _contour(number, contour, image) for number, contour in enumerate(roi.contours, 1)
        ]
    return item


def _contour(number: int, contour: Contour, image: ImageSeries | None) -> Dataset:
    item = Dataset()
    if image and contour.slice_index is not None:
        reference = _reference(image, image.SOPInstanceUIDs[contour.slice_index])
        if image.enhanced:
            reference.ReferencedFrameNumber = image.frame_numbers[contour.slice_index]
        item.ContourImageSequence = [reference]
    item.ContourGeometricType = contour.geometric_type
    item.NumberOfContourPoints = len(contour.points)
    item.ContourNumber = number
    item[_CONTOUR_DATA] = _contour_data(contour.points)
    return item


def _contour_data(points: NDArray[np.float64]) -> DataElement:
    # Eight decimals keep each value within the 16 characters that DICOM allows.
    texts = [f"{value:.8f}".rstrip("0").rstrip(".") for value in points.ravel().tolist()]
    # pydicom's own check of half a million decimals would take most of the demo's time.
    return DataElement(_CONTOUR_DATA, "DS", texts, already_converted=True)


def _reference(image: ImageSeries, uid: UID) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = image.SOPClassUID
    item.ReferencedSOPInstanceUID = uid
    return item


def _observation(roi: DrawnROI) -> Dataset:
    item = Dataset()
    item.ObservationNumber = roi.ROINumber
    item.ReferencedROINumber = roi.ROINumber
    item.RTROIInterpretedType = roi.RTROIInterpretedType
    item.ROIInterpreter = None
    return item


def _nearest(grid: Grid, w: float) -> int:
    return int(np.argmin(np.abs(np.array(grid.slices_mm) - w)))
