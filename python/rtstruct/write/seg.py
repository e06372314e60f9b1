"""DICOM Segmentation (PS3.3 sections A.51 and A.88): a frame for each slice that has voxels.

highdicom makes the document. The frames are made here from the runs of each mask: highdicom takes
all voxels of all segments as one array, 1.6 GB for 30 ROIs on a usual CT.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from rtstruct.version import __version__
from rtstruct.write.deflated import deflated
from rtstruct.write.seg_frames import MAXIMUM_FRACTIONAL_VALUE
from rtstruct.write.seg_patient import DEIDENTIFICATION, patient_and_study

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom import Dataset, FileDataset

    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.write.seg_frames import Frames

SOURCE_IMAGE = ("121322", "DCM", "Source image for image processing operation")
SEGMENTATION = ("113076", "DCM", "Segmentation")

Code = tuple[str, str, str]
"""Value, scheme, meaning."""


@dataclass(frozen=True, eq=False)
class Segment:
    """A mask and what is said of it."""

    label: str
    description: str
    category: Code
    property_type: Code
    modifier: Code | None
    region: Code | None
    """Where a target or a planning volume lies; then the side is the region's."""
    algorithm_type: str
    """MANUAL, SEMIAUTOMATIC or AUTOMATIC."""
    color: tuple[int, int, int] | None
    """Red, green and blue, 0 to 255."""
    tracking_id: str


@dataclass(frozen=True)
class Reference:
    """A SOP instance, or one frame of it (from 1)."""

    SOPClassUID: str
    SOPInstanceUID: str
    frame: int | None = None
    SeriesInstanceUID: str = ""


@dataclass(frozen=True)
class Document:
    """A structure set, and its study where that is known."""

    reference: Reference
    StudyInstanceUID: str


@dataclass(frozen=True, eq=False)
class Origin:
    """What masks were made from."""

    header: Dataset
    """Of an image of the series: patient and study."""
    FrameOfReferenceUID: str
    """Empty where neither image nor structure set names one."""
    images: tuple[Reference | None, ...]
    """For each slice of the masks."""
    keeps_voxels: bool
    """Whether the masks have the voxels of the images."""
    structure_sets: tuple[Document, ...]
    pseudonym: str | None
    """Of the patient: then no name, date or number of patient and study is written."""
    pseudonymous_study: str
    """StudyInstanceUID of the images under a pseudonym; empty without one."""
    date: str
    time: str


def segmentation(
    segments: Sequence[Segment], frames: Frames, grid: ImageGrid, origin: Origin
) -> bytes:
    """Return the bytes of a DICOM file of segments, numbered from 1.

    Bits are in Explicit VR Little Endian, as every reader takes it: the standard has no run-length
    coding of single bits. Shares and labels are deflated. The same input gives the same bytes;
    other content gets other UIDs.

    Raises
    ------
    Those of ``rtstruct.dicom.parse_errors.DAMAGE``
        An attribute of the images that must be there is absent, or no value of its kind.
    """
    content = sha256()
    length = 0
    for part in frames.pixels():
        content.update(part)
        length += len(part)
    identity = _identity(segments, frames, grid, origin, content.hexdigest())
    dataset = _document(segments, frames, grid, origin, identity)
    dataset.SegmentsOverlap = frames.overlap
    dataset.PerFrameFunctionalGroupsSequence = _frame_items(frames, grid, origin)
    dataset.NumberOfFrames = len(frames.places)
    _refer(dataset, origin)
    del dataset.PixelData
    if frames.type != "BINARY":
        return deflated(dataset, frames.pixels(), length)
    dataset.PixelData = b"".join(frames.pixels()) + bytes(length % 2)
    file = BytesIO()
    dataset.save_as(file)
    return file.getvalue()


def _identity(
    segments: Sequence[Segment], frames: Frames, grid: ImageGrid, origin: Origin, pixels: str
) -> str:
    """A UID that stands for the content."""
    where = [grid.row_direction, grid.column_direction, grid.slice_origins, grid.spacing_mm]
    return uid_of(
        pixels,
        repr([vars(each) for each in segments]),
        repr([frames.type, frames.places]),
        repr({**vars(origin), "header": str(origin.header.get("SeriesInstanceUID"))}),
        repr([np.asarray(each).tolist() for each in where]),
        __version__,
    )


def _document(
    segments: Sequence[Segment], frames: Frames, grid: ImageGrid, origin: Origin, identity: str
) -> FileDataset:
    """All but the frames, of which there is an empty one for each segment, or one for all."""
    import highdicom

    empty = np.zeros((1, *grid.shape[1:]), dtype=np.uint16 if frames.bits == 16 else np.uint8)
    if frames.type != "LABELMAP":
        empty = np.repeat(empty[..., np.newaxis], len(segments), axis=-1)
    spacing = [_decimal(size) for size in grid.spacing_mm[1:]]
    orientation = [*grid.row_direction, *grid.column_direction]
    source = _source(grid, origin, orientation, spacing)
    document: FileDataset = highdicom.seg.Segmentation(
        source_images=[source],
        pixel_array=empty,
        segmentation_type=frames.type,
        fractional_type="OCCUPANCY",
        max_fractional_value=MAXIMUM_FRACTIONAL_VALUE,
        segment_descriptions=[_description(n, each) for n, each in enumerate(segments, 1)],
        series_instance_uid=uid_of("series", identity),
        series_number=1,
        sop_instance_uid=identity,
        instance_number=1,
        manufacturer="rtstruct",
        manufacturer_model_name="rtstruct convert",
        software_versions=__version__,
        device_serial_number="1",
        series_description="Segmentation of an RT Structure Set",
        content_label="RTSTRUCT",
        content_date=origin.date,
        content_time=origin.time,
        series_date=origin.date,
        series_time=origin.time,
        specific_character_set="ISO_IR 192",
        pixel_measures=highdicom.PixelMeasuresSequence(
            pixel_spacing=spacing,
            slice_thickness=_decimal(grid.spacing_mm[0]),
        ),
        plane_orientation=highdicom.PlaneOrientationSequence("PATIENT", orientation),
        plane_positions=[highdicom.PlanePositionSequence("PATIENT", grid.slice_origins[0])],
        omit_empty_frames=False,
    )
    # highdicom wants to know of an algorithm more than a structure set says.
    for item in document.SegmentSequence:
        if item.SegmentNumber and segments[item.SegmentNumber - 1].algorithm_type != "MANUAL":
            item.SegmentAlgorithmType = segments[item.SegmentNumber - 1].algorithm_type
            item.SegmentAlgorithmName = "not stated in the structure set"
    # From the one plane that it has seen highdicom cannot know the spacing.
    (shared,) = document.SharedFunctionalGroupsSequence
    (measures,) = shared.PixelMeasuresSequence
    measures.pop("SpacingBetweenSlices", None)
    if grid.is_affine:
        measures.SpacingBetweenSlices = _decimal(grid.spacing_mm[0])
    # Every frame says of which segment it is, even if there is one only.
    shared.pop("SegmentIdentificationSequence", None)
    # What was done to the images was done to what is made from them.
    for keyword in DEIDENTIFICATION:
        if keyword in origin.header and origin.pseudonym is None:
            document[keyword] = origin.header[keyword]
    # What highdicom takes from the clock or from chance.
    document.InstanceCreationDate = origin.date
    document.InstanceCreationTime = origin.time
    for equipment in document.ContributingEquipmentSequence:
        equipment.pop("ContributionDateTime", None)
    organization = uid_of("dimensions", identity)
    for item in (*document.DimensionOrganizationSequence, *document.DimensionIndexSequence):
        item.DimensionOrganizationUID = organization
    return document


def _source(
    grid: ImageGrid, origin: Origin, orientation: list[float], spacing: list[float]
) -> Dataset:
    """A single image of the first slice, with the patient and study of the real ones."""
    from pydicom.uid import CTImageStorage

    source = patient_and_study(origin.header, origin.pseudonym, origin.pseudonymous_study)
    source.SOPClassUID = CTImageStorage
    source.FrameOfReferenceUID = origin.FrameOfReferenceUID or uid_of(
        "frame of reference", source.SeriesInstanceUID
    )
    _, source.Rows, source.Columns = grid.shape
    source.ImageOrientationPatient = orientation
    source.ImagePositionPatient = list(grid.slice_origins[0])
    source.PixelSpacing = spacing
    source.SliceThickness = grid.spacing_mm[0]
    return source


def _description(number: int, segment: Segment) -> Dataset:
    import highdicom

    description: Dataset = highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=segment.label,
        segmented_property_category=_code(segment.category),
        segmented_property_type=_code(segment.property_type),
        algorithm_type="MANUAL",
        tracking_uid=uid_of(segment.tracking_id),
        tracking_id=segment.tracking_id,
        anatomic_regions=[_code(segment.region)] if segment.region else None,
        display_color=highdicom.color.CIELabColor.from_rgb(*segment.color)
        if segment.color
        else None,
    )
    description.SegmentDescription = segment.description
    if segment.modifier and segment.region:
        (region,) = description.AnatomicRegionSequence
        region.AnatomicRegionModifierSequence = [_code(segment.modifier)]
    elif segment.modifier:
        (property_type,) = description.SegmentedPropertyTypeCodeSequence
        property_type.SegmentedPropertyTypeModifierCodeSequence = [_code(segment.modifier)]
    return description


def _frame_items(frames: Frames, grid: ImageGrid, origin: Origin) -> list[Dataset]:
    import highdicom

    ranks = {k: rank for rank, k in enumerate(sorted({k for _, k in frames.places}), 1)}
    # Frames of one slice share what is said of the slice.
    positions = {
        k: highdicom.PlanePositionSequence("PATIENT", grid.slice_origins[k]) for k in ranks
    }
    sources = {k: _derivation(origin, k) for k in ranks}
    items = []
    for number, k in frames.places:
        of_segment = [number] if number else []
        item = _item(
            FrameContentSequence=[_item(DimensionIndexValues=[*of_segment, ranks[k]])],
            PlanePositionSequence=positions[k],
            DerivationImageSequence=sources[k],
        )
        if number:
            item.SegmentIdentificationSequence = [_item(ReferencedSegmentNumber=number)]
        items.append(item)
    return items


def _derivation(origin: Origin, k: int) -> list[Dataset]:
    image = origin.images[k]
    if image is None:
        return []
    source = _instance(image)
    source.SpatialLocationsPreserved = "YES" if origin.keeps_voxels else "NO"
    source.PurposeOfReferenceCodeSequence = [_code(SOURCE_IMAGE)]
    return [_item(SourceImageSequence=[source], DerivationCodeSequence=[_code(SEGMENTATION)])]


def _refer(dataset: Dataset, origin: Origin) -> None:
    """Name the structure sets, and all images with them."""
    del dataset.SourceImageSequence
    dataset.SourceInstanceSequence = [_instance(each.reference) for each in origin.structure_sets]
    images = {image.SOPInstanceUID: replace(image, frame=None) for image in origin.images if image}
    by_series: dict[str, list[Reference]] = {}
    for image in images.values():
        uid = image.SeriesInstanceUID or origin.header.SeriesInstanceUID
        by_series.setdefault(uid, []).append(image)
    series = [
        _item(
            SeriesInstanceUID=uid,
            ReferencedInstanceSequence=[_instance(image) for image in members],
        )
        for uid, members in by_series.items()
    ]
    own = dataset.StudyInstanceUID
    by_study: dict[str, dict[str, list[Reference]]] = {}
    for each in origin.structure_sets:
        of_study = by_study.setdefault(each.StudyInstanceUID or own, {})
        of_study.setdefault(each.reference.SeriesInstanceUID, []).append(each.reference)
    documents = {
        study: [
            _item(
                SeriesInstanceUID=uid, ReferencedInstanceSequence=[_instance(each) for each in sets]
            )
            for uid, sets in of_study.items()
        ]
        for study, of_study in by_study.items()
    }
    series += documents.pop(own, [])
    if documents:
        dataset.StudiesContainingOtherReferencedInstancesSequence = [
            _item(StudyInstanceUID=study, ReferencedSeriesSequence=items)
            for study, items in documents.items()
        ]
    dataset.ReferencedSeriesSequence = series


def _instance(reference: Reference) -> Dataset:
    item = _item(
        ReferencedSOPClassUID=reference.SOPClassUID,
        ReferencedSOPInstanceUID=reference.SOPInstanceUID,
    )
    if reference.frame is not None:
        item.ReferencedFrameNumber = reference.frame
    return item


def _code(code: Code) -> Any:
    from highdicom.sr import CodedConcept

    return CodedConcept(*code)


def _item(**elements: object) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def _decimal(number: float) -> float:
    """The number that a decimal string of 16 characters holds."""
    return float(f"{number:.10g}")


def uid_of(*parts: str) -> str:
    """The same UID for the same text (PS3.5 section B.2)."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, '|'.join(parts)).int}"
