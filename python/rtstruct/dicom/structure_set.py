"""The contours of a structure set (PS3.3 sections A.19, C.8.8.5 and C.8.8.6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.dicom.decimals import parse_decimals
from rtstruct.dicom.file_format import open_data_set
from rtstruct.dicom.geometric_types import FEW_BYTES, FEWEST_POINTS, FILLED, normalised
from rtstruct.dicom.numbers import decimal, integer
from rtstruct.errors import RtstructError
from rtstruct.geometry.contours import Contours

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from rtstruct.dicom.elements import DataSet, Element

SOP_CLASS_UID = 0x00080016
SOP_INSTANCE_UID = 0x00080018
REFERENCED_SOP_INSTANCE_UID = 0x00081155
REFERENCED_FRAME_NUMBER = 0x00081160
SERIES_INSTANCE_UID = 0x0020000E
FRAME_OF_REFERENCE_UID = 0x00200052
REFERENCED_FRAME_OF_REFERENCE_SEQUENCE = 0x30060010
RT_REFERENCED_STUDY_SEQUENCE = 0x30060012
RT_REFERENCED_SERIES_SEQUENCE = 0x30060014
CONTOUR_IMAGE_SEQUENCE = 0x30060016
STRUCTURE_SET_ROI_SEQUENCE = 0x30060020
ROI_NUMBER = 0x30060022
REFERENCED_FRAME_OF_REFERENCE_UID = 0x30060024
ROI_VOLUME = 0x3006002C
ROI_CONTOUR_SEQUENCE = 0x30060039
CONTOUR_SEQUENCE = 0x30060040
CONTOUR_GEOMETRIC_TYPE = 0x30060042
CONTOUR_OFFSET_VECTOR = 0x30060045
NUMBER_OF_CONTOUR_POINTS = 0x30060046
CONTOUR_DATA = 0x30060050
RT_ROI_OBSERVATIONS_SEQUENCE = 0x30060080
REFERENCED_ROI_NUMBER = 0x30060084
ROI_INTERPRETER = 0x300600A6
LARGEST_MM = 1e6
"""No patient is a kilometre long: such a number is damage."""
RT_STRUCTURE_SET_STORAGE = "1.2.840.10008.5.1.4.1.1.481.3"


@dataclass(frozen=True, eq=False)
class Contour:
    """One item of a ContourSequence; its numbers stay text until they are asked for."""

    ContourGeometricType: str
    """In capitals, without padding; empty if it is not stated."""
    start: int
    end: int
    image: str = ""
    """The image that it names first, or the frame of one; empty if it names none."""
    stated: bytes = b""
    """NumberOfContourPoints, as text."""
    is_offset: bool = False
    """Whether its ContourOffsetVector, retired, says that it stands for what lies beside it."""


@dataclass(eq=False)
class ROI:
    """A ROI by its number: what StructureSetROISequence and ROIContourSequence say of it."""

    ROINumber: int
    ReferencedFrameOfReferenceUID: str | None = None
    ROIVolume: float | None = None
    """In mL, as whoever drew it says; None if nothing is stated, or nothing above zero."""
    contours: list[Contour] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class StructureSet:
    """A structure set: ROIs by number, joined by number only, in whatever order they come."""

    SOPInstanceUID: str
    frames_of_reference: tuple[str, ...]
    """What the structure set names beside its ROIs, in the order of the file."""
    rois: dict[int, ROI]
    repeated: frozenset[int]
    """Numbers of more than one ROI, or of more than one ROI's contours: whose are whose is not
    known."""
    data_set: DataSet

    @cached_property
    def listed_images(self) -> frozenset[str]:
        """SOPInstanceUIDs of ReferencedFrameOfReferenceSequence, whatever contours name."""
        found: set[str] = set()
        for element in self.data_set:
            if element.tag == REFERENCED_FRAME_OF_REFERENCE_SEQUENCE:
                level = [element]
                for tag in (
                    RT_REFERENCED_STUDY_SEQUENCE,
                    RT_REFERENCED_SERIES_SEQUENCE,
                    CONTOUR_IMAGE_SEQUENCE,
                    REFERENCED_SOP_INSTANCE_UID,
                ):
                    level = [
                        inner
                        for sequence in level
                        for item in self.data_set.items(sequence)
                        for inner in self.data_set.inside(item)
                        if inner.tag == tag
                    ]
                found.update(self.data_set.text(uid) for uid in level)
        return frozenset(found)

    @cached_property
    def interpreters(self) -> dict[int, str]:
        """ROIInterpreter, who drew or judged a ROI, by ROINumber, where the file says it."""
        found: dict[int, str] = {}
        for element in self.data_set:
            if element.tag != RT_ROI_OBSERVATIONS_SEQUENCE:
                continue
            for item in self.data_set.items(element):
                inside = {each.tag: each for each in self.data_set.inside(item)}
                number = _number(self.data_set, inside.get(REFERENCED_ROI_NUMBER))
                if number is not None and (who := inside.get(ROI_INTERPRETER)) is not None:
                    found[number] = self.data_set.text(who)
        return {number: who for number, who in found.items() if who}

    def has_inside(self, contour: Contour) -> bool:
        """Whether a contour is closed, and has points enough to enclose anything."""
        if contour.ContourGeometricType not in FILLED:
            return False
        # Three coordinates a point; few bytes hold few points, which alone are counted.
        size = contour.end - contour.start
        return size > FEW_BYTES or (
            self.data_set.data.count(b"\\", contour.start, contour.end) >= 3 * FEWEST_POINTS - 1
        )

    def points(self, roi: ROI, types: Collection[str]) -> tuple[Contours, int]:
        """Return the contours of the given geometric types, and how many are unreadable.

        Unreadable are contours whose ContourData are not three coordinates a point.
        """
        return self._read([c for c in roi.contours if c.ContourGeometricType in types])

    def cut_short(self, contours: Collection[Contour]) -> int:
        """How many contours hold fewer points than they state; one fewer closes the contour."""
        found = 0
        for contour in contours:
            stated = integer(contour.stated)
            if contour.end > contour.start and stated is not None:
                held = self.data_set.data.count(b"\\", contour.start, contour.end) // 3 + 1
                found += held < stated - 1
        return found

    def sample(self, types: Collection[str], at_most: int) -> Contours:
        """Return so many contours of each ROI, evenly chosen."""
        chosen: list[Contour] = []
        for roi in self.rois.values():
            contours = [c for c in roi.contours if c.ContourGeometricType in types]
            chosen += contours[:: -(-len(contours) // at_most) or 1]
        return self._read(chosen)[0]

    def _read(self, chosen: list[Contour]) -> tuple[Contours, int]:
        data = self.data_set.data
        # A backslash behind the last number begins a value that is empty.
        texts = [data[c.start : c.end].lstrip(b" \0").rstrip(b" \0\\") for c in chosen]
        texts = [text for text in texts if text]
        counts = np.array([text.count(b"\\") + 1 for text in texts], dtype=np.int64)
        numbers = _parse(b"\\".join(texts))
        unreadable = 0
        if numbers is None or (counts % 3).any():
            parsed = [_parse(text) for text in texts]
            good = [part for part in parsed if part is not None and len(part) % 3 == 0]
            unreadable = len(parsed) - len(good)
            counts = np.array([len(part) for part in good], dtype=np.int64)
            numbers = np.concatenate(good) if good else np.empty(0)
        return Contours(numbers.reshape(-1, 3), counts // 3), unreadable


def parse_structure_set(data: bytes, name: str) -> StructureSet:
    """Read a structure set from the bytes of its file.

    Raises
    ------
    RtstructError
        ``not_dicom``, ``not_a_structure_set``, ``invalid_dicom``, ``truncated_file``.
    """
    data_set = open_data_set(data, name)
    top = {element.tag: element for element in data_set}
    sop_class = top.get(SOP_CLASS_UID)
    if sop_class is None or data_set.text(sop_class) != RT_STRUCTURE_SET_STORAGE:
        raise RtstructError("not_a_structure_set", f"{name} is not an RT structure set")
    if ROI_CONTOUR_SEQUENCE not in top:
        raise RtstructError(
            "no_contours",
            f"{name} has no ROIContourSequence",
        )
    rois: dict[int, ROI] = {}
    repeated = set()
    for item in _items(data_set, top.get(STRUCTURE_SET_ROI_SEQUENCE)):
        inside = {element.tag: element for element in data_set.inside(item)}
        number = _number(data_set, inside.get(ROI_NUMBER))
        frame = inside.get(REFERENCED_FRAME_OF_REFERENCE_UID)
        if number is not None:
            uid = data_set.text(frame) if frame is not None else None
            if number in rois:
                repeated.add(number)
            rois.setdefault(number, ROI(number, uid or None, _volume(data_set, inside)))
    for item in data_set.items(top[ROI_CONTOUR_SEQUENCE]):
        inside = {element.tag: element for element in data_set.inside(item)}
        number = _number(data_set, inside.get(REFERENCED_ROI_NUMBER))
        if number is not None:
            roi = rois.setdefault(number, ROI(number))
            contours = _contours(data_set, inside.get(CONTOUR_SEQUENCE))
            if roi.contours and contours:
                repeated.add(number)
            roi.contours += contours
    sop_instance = top.get(SOP_INSTANCE_UID)
    return StructureSet(
        SOPInstanceUID=data_set.text(sop_instance) if sop_instance is not None else "",
        frames_of_reference=_frames_of_reference(data_set, top),
        rois=rois,
        repeated=frozenset(repeated),
        data_set=data_set,
    )


_OF_CONTOUR = frozenset(
    {
        CONTOUR_GEOMETRIC_TYPE,
        CONTOUR_OFFSET_VECTOR,
        NUMBER_OF_CONTOUR_POINTS,
        CONTOUR_DATA,
        CONTOUR_IMAGE_SEQUENCE,
    }
)


def _contours(data_set: DataSet, sequence: Element | None) -> list[Contour]:
    contours = []
    # Contours name the same type, image and offset again and again, in the same bytes.
    types: dict[bytes, str] = {}
    offsets: dict[bytes, bool] = {}
    images: dict[tuple[bytes, bool], str] = {}
    for inside in () if sequence is None else data_set.walk(sequence, _OF_CONTOUR):
        geometric_type, start, end, image = "", 0, 0, ""
        if (stated := inside.get(CONTOUR_GEOMETRIC_TYPE)) is not None:
            name = data_set.value(stated)
            if name not in types:
                types[name] = normalised(data_set.text(stated))
            geometric_type = types[name]
        if (drawn := inside.get(CONTOUR_DATA)) is not None:
            start, end = drawn.start, drawn.end
        if (named := inside.get(CONTOUR_IMAGE_SEQUENCE)) is not None:
            key = data_set.data[named.start : named.end], named.explicit
            if key not in images:
                images[key] = _first_image(data_set, named)
            image = images[key]
        count = inside.get(NUMBER_OF_CONTOUR_POINTS)
        points = data_set.value(count) if count is not None else b""
        is_offset = False
        if (offset := inside.get(CONTOUR_OFFSET_VECTOR)) is not None:
            text = data_set.value(offset)
            if text not in offsets:
                vector = _parse(text)
                offsets[text] = vector is None or bool(vector.any())
            is_offset = offsets[text]
        contours.append(Contour(geometric_type, start, end, image, points, is_offset))
    return contours


def _first_image(data_set: DataSet, sequence: Element) -> str:
    for item in data_set.items(sequence):
        uid, frame = "", None
        for element in data_set.inside(item):
            if element.tag == REFERENCED_SOP_INSTANCE_UID:
                uid = data_set.text(element)
            elif element.tag == REFERENCED_FRAME_NUMBER:
                frame = data_set.text(element).partition("\\")[0]
        return f"{uid}#{frame}" if frame else uid
    return ""


def _frames_of_reference(data_set: DataSet, top: dict[int, Element]) -> tuple[str, ...]:
    found = [top[FRAME_OF_REFERENCE_UID]] if FRAME_OF_REFERENCE_UID in top else []
    for item in _items(data_set, top.get(REFERENCED_FRAME_OF_REFERENCE_SEQUENCE)):
        inside = data_set.inside(item)
        found += [element for element in inside if element.tag == FRAME_OF_REFERENCE_UID]
    return tuple(dict.fromkeys(uid for element in found if (uid := data_set.text(element))))


def _items(data_set: DataSet, sequence: Element | None) -> list[Element]:
    return [] if sequence is None else list(data_set.items(sequence))


def _number(data_set: DataSet, element: Element | None) -> int | None:
    return None if element is None else integer(data_set.value(element))


def _volume(data_set: DataSet, roi: dict[int, Element]) -> float | None:
    stated = roi.get(ROI_VOLUME)
    volume = None if stated is None else decimal(data_set.value(stated))
    return volume if volume is not None and volume > 0 else None


def _parse(text: bytes) -> NDArray[np.float64] | None:
    """Return coordinates, or None if the text is anything else."""
    if not text:
        return np.empty(0)
    numbers = parse_decimals(text)
    # No number that is no number is smaller than another.
    return numbers if numbers is not None and np.abs(numbers).max() < LARGEST_MM else None
