"""DICOM Segmentation (PS3.3 section A.51): masks as bits, a frame for each slice that has voxels.

highdicom makes the document. The frames are packed here from the runs of each mask: highdicom takes
all voxels of all segments as one array, 1.6 GB for 30 ROIs on a usual CT.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from rtstruct.version import __version__
from rtstruct.write.bits import any_overlap, frames_of, pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom import Dataset
    from pydicom.valuerep import DA, TM

    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans

SOURCE_IMAGE = ("121322", "DCM", "Source image for image processing operation")
SEGMENTATION = ("113076", "DCM", "Segmentation")

_OF_PATIENT = ("PatientID", "PatientName", "PatientBirthDate", "PatientSex")
_OF_STUDY = ("AccessionNumber", "StudyID", "StudyDate", "StudyTime", "ReferringPhysicianName")

REQUIRED = (
    *(
        "SpecificCharacterSet",
        "SOPInstanceUID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "Modality",
    ),
    *_OF_PATIENT,
    *_OF_STUDY,
    *("PositionReferenceIndicator", "LossyImageCompression", "LossyImageCompressionRatio"),
    "LossyImageCompressionMethod",
)
"""All that is taken from the header of an image: what a Segmentation must have (types 1 and 2 of
the modules Patient, General Study, Frame of Reference, and whether the images were compressed)."""

DEIDENTIFICATION = (
    *("PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence"),
    "LongitudinalTemporalInformationModified",
)
"""Patient and study attributes that say what became of the identity of the patient."""

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
    voxels: Spans


@dataclass(frozen=True)
class Reference:
    """A SOP instance, or one frame of it (from 1)."""

    SOPClassUID: str
    SOPInstanceUID: str
    frame: int | None = None


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
    structure_set: Reference
    pseudonym: str | None
    """Of the patient: then no name, date or number of patient and study is written."""
    pseudonymous_study: str
    """StudyInstanceUID of the images under a pseudonym; empty without one."""
    structure_set_study: str
    structure_set_series: str
    date: str
    time: str


def segmentation(segments: Sequence[Segment], grid: ImageGrid, origin: Origin) -> bytes:
    """Return the bytes of a DICOM file of masks, numbered from 1.

    Explicit VR Little Endian, as every reader takes it: the standard has no run-length coding of
    single bits. The same input gives the same bytes; other content gets other UIDs.

    Raises
    ------
    Those of ``rtstruct.dicom.parse_errors.DAMAGE``
        An attribute of the images that must be there is absent, or no value of its kind.
    """
    masks = [segment.voxels for segment in segments]
    frames = frames_of(masks)
    pixels = pack(masks, frames, grid)
    dataset = _document(segments, grid, origin, _identity(segments, grid, origin, pixels))
    dataset.SegmentsOverlap = "YES" if any_overlap(masks) else "NO"
    dataset.PerFrameFunctionalGroupsSequence = _frame_items(frames, grid, origin)
    dataset.NumberOfFrames = len(frames)
    dataset.PixelData = pixels + bytes(len(pixels) % 2)
    _refer(dataset, origin)
    content = BytesIO()
    dataset.save_as(content)
    return content.getvalue()


def _identity(segments: Sequence[Segment], grid: ImageGrid, origin: Origin, pixels: bytes) -> str:
    """A UID that stands for the content."""
    said = [{**vars(each), "voxels": each.voxels.voxel_count} for each in segments]
    where = [grid.row_direction, grid.column_direction, grid.slice_origins, grid.spacing_mm]
    return uid_of(
        sha256(pixels).hexdigest(),
        repr(said),
        repr({**vars(origin), "header": str(origin.header.get("SeriesInstanceUID"))}),
        repr([np.asarray(each).tolist() for each in where]),
        __version__,
    )


def _document(
    segments: Sequence[Segment], grid: ImageGrid, origin: Origin, identity: str
) -> Dataset:
    """All but the frames, of which there is one empty one for each segment."""
    import highdicom

    spacing = [_decimal(size) for size in grid.spacing_mm[1:]]
    orientation = [*grid.row_direction, *grid.column_direction]
    source = _source(grid, origin, orientation, spacing)
    document: Dataset = highdicom.seg.Segmentation(
        source_images=[source],
        pixel_array=np.zeros((1, *grid.shape[1:], len(segments)), dtype=np.uint8),
        segmentation_type="BINARY",
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
    from pydicom import Dataset
    from pydicom.datadict import keyword_for_tag
    from pydicom.uid import CTImageStorage
    from pydicom.valuerep import DA, TM

    source = Dataset()
    source.update(
        {
            element.tag: element
            for element in origin.header
            if keyword_for_tag(element.tag) in REQUIRED
        }
    )
    source.decode()
    if origin.pseudonym is not None:
        for keyword in (*_OF_PATIENT, *_OF_STUDY):
            setattr(source, keyword, "")
        source.PatientID = source.PatientName = origin.pseudonym
        source.StudyInstanceUID = origin.pseudonymous_study
    for keyword in (*_OF_PATIENT, *_OF_STUDY):
        setattr(source, keyword, str(source.get(keyword) or ""))
    if source.PatientSex not in ("M", "F", "O"):
        source.PatientSex = ""
    for keyword, kind in (("PatientBirthDate", DA), ("StudyDate", DA), ("StudyTime", TM)):
        if not is_a(kind, source[keyword].value):
            setattr(source, keyword, "")
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


def is_a(kind: type[DA] | type[TM], text: str) -> bool:
    """Whether a text is a date, or a time."""
    try:
        kind(text)
    except ValueError:
        return False
    return True


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
    description.SegmentAlgorithmType = segment.algorithm_type
    if segment.algorithm_type != "MANUAL":
        description.SegmentAlgorithmName = "not stated in the structure set"
    if segment.modifier and segment.region:
        (region,) = description.AnatomicRegionSequence
        region.AnatomicRegionModifierSequence = [_code(segment.modifier)]
    elif segment.modifier:
        (property_type,) = description.SegmentedPropertyTypeCodeSequence
        property_type.SegmentedPropertyTypeModifierCodeSequence = [_code(segment.modifier)]
    return description


def _frame_items(
    frames: Sequence[tuple[int, int]], grid: ImageGrid, origin: Origin
) -> list[Dataset]:
    import highdicom

    ranks = {k: rank for rank, k in enumerate(sorted({k for _, k in frames}), 1)}
    # Frames of one slice share what is said of the slice.
    positions = {
        k: highdicom.PlanePositionSequence("PATIENT", grid.slice_origins[k]) for k in ranks
    }
    sources = {k: _derivation(origin, k) for k in ranks}
    return [
        _item(
            FrameContentSequence=[_item(DimensionIndexValues=[number, ranks[k]])],
            PlanePositionSequence=positions[k],
            SegmentIdentificationSequence=[_item(ReferencedSegmentNumber=number)],
            DerivationImageSequence=sources[k],
        )
        for number, k in frames
    ]


def _derivation(origin: Origin, k: int) -> list[Dataset]:
    image = origin.images[k]
    if image is None:
        return []
    source = _instance(image)
    source.SpatialLocationsPreserved = "YES" if origin.keeps_voxels else "NO"
    source.PurposeOfReferenceCodeSequence = [_code(SOURCE_IMAGE)]
    return [_item(SourceImageSequence=[source], DerivationCodeSequence=[_code(SEGMENTATION)])]


def _refer(dataset: Dataset, origin: Origin) -> None:
    """Name the structure set, and all images with it."""
    structure_set = [_instance(origin.structure_set)]
    del dataset.SourceImageSequence
    dataset.SourceInstanceSequence = structure_set
    images = {
        image.SOPInstanceUID: Reference(image.SOPClassUID, image.SOPInstanceUID)
        for image in origin.images
        if image
    }
    series = [
        _item(
            SeriesInstanceUID=origin.header.SeriesInstanceUID,
            ReferencedInstanceSequence=[_instance(image) for image in images.values()],
        )
    ]
    of_structure_set = _item(
        SeriesInstanceUID=origin.structure_set_series, ReferencedInstanceSequence=structure_set
    )
    if origin.structure_set_study in ("", dataset.StudyInstanceUID):
        series.append(of_structure_set)
    else:
        dataset.StudiesContainingOtherReferencedInstancesSequence = [
            _item(
                StudyInstanceUID=origin.structure_set_study,
                ReferencedSeriesSequence=[of_structure_set],
            )
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
