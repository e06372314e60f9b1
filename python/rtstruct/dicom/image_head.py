"""What the header of an image file says of its slices; pixels are never read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rtstruct.dicom.elements import TruncatedError
from rtstruct.dicom.file_format import open_data_set
from rtstruct.dicom.numbers import double, unsigned
from rtstruct.dicom.source import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rtstruct.dicom.elements import DataSet, Element

IMAGE_TYPE = 0x00080008
SOP_INSTANCE_UID = 0x00080018
MODALITY = 0x00080060
SLICE_THICKNESS = 0x00180050
SERIES_INSTANCE_UID = 0x0020000E
IMAGE_POSITION = 0x00200032
IMAGE_ORIENTATION = 0x00200037
FRAME_OF_REFERENCE_UID = 0x00200052
PLANE_POSITION_SEQUENCE = 0x00209113
PLANE_ORIENTATION_SEQUENCE = 0x00209116
NUMBER_OF_FRAMES = 0x00280008
ROWS = 0x00280010
COLUMNS = 0x00280011
PIXEL_SPACING = 0x00280030
PIXEL_MEASURES_SEQUENCE = 0x00289110
SHARED_FUNCTIONAL_GROUPS = 0x52009229
PER_FRAME_FUNCTIONAL_GROUPS = 0x52009230
PATIENT_ID = 0x00100020
INSTANCE_NUMBER = 0x00200013
# What may tell stacks apart, at the top of a header and in the functional groups of a frame.
TELLING = {
    0x00080032: "AcquisitionTime",
    0x00080033: "ContentTime",
    0x00180050: "SliceThickness",
    0x00180081: "EchoTime",
    0x00181060: "TriggerTime",
    0x00181210: "ConvolutionKernel",
    0x00189082: "EchoTime",  # Effective Echo Time
    0x00189087: "DiffusionBValue",
    0x00200012: "AcquisitionNumber",
    0x00200100: "TemporalPositionIdentifier",
    0x00209056: "StackID",
    0x00209128: "TemporalPositionIndex",
    0x00209156: "AcquisitionNumber",  # Frame Acquisition Number
}
FRAME_CONTENT_SEQUENCE = 0x00209111
MR_ECHO_SEQUENCE = 0x00189114
MR_DIFFUSION_SEQUENCE = 0x00189117
# Nearly every header fits into the first; private elements can be larger.
HEAD_SIZES = (4096, 1 << 16, 1 << 20)

Text: TypeAlias = "bytes | float | None"


class Frame(NamedTuple):
    """Where one slice is, as text of the header."""

    position: bytes
    orientation: bytes
    spacing: bytes
    rows: int
    columns: int
    telling: tuple[tuple[str, Text], ...] = ()
    """What may tell it from other frames of its file, by keyword."""


@dataclass(frozen=True)
class Head:
    """What the header of an image file says."""

    SOPInstanceUID: str
    SeriesInstanceUID: str
    FrameOfReferenceUID: str
    is_localizer: bool
    slice_thickness: bytes
    frames: tuple[Frame, ...]
    """Empty if the file has no plane in space."""
    PatientID: str = ""
    InstanceNumber: bytes = b""
    telling: tuple[tuple[str, Text], ...] = ()
    """What may tell it from other images of its series, by keyword."""


def read_head(path: str, archive_member: str | None = None) -> Head:
    """Read the header of an image file, and no more of the file than that.

    Raises
    ------
    RtstructError
        ``unreadable_file``, ``not_dicom``, ``invalid_dicom``, ``truncated_file``.
    """
    for size in HEAD_SIZES:
        data = read_bytes(path, archive_member, size)
        try:
            return _parse_head(open_data_set(data, path), is_whole=len(data) < size)
        except TruncatedError:
            if len(data) < size:
                raise
    return _parse_head(open_data_set(read_bytes(path, archive_member), path), is_whole=True)


def head_of(data_set: DataSet) -> Head:
    """What a data set says that holds all that stands before the pixels.

    Raises
    ------
    RtstructError
        ``invalid_dicom``, ``truncated_file``.
    """
    return _parse_head(data_set, is_whole=True)


_OF_SLICE = frozenset(TELLING) | {
    *(IMAGE_TYPE, SOP_INSTANCE_UID, MODALITY, SLICE_THICKNESS, SERIES_INSTANCE_UID),
    *(IMAGE_POSITION, IMAGE_ORIENTATION, FRAME_OF_REFERENCE_UID, NUMBER_OF_FRAMES),
    *(ROWS, COLUMNS, PIXEL_SPACING, PATIENT_ID, INSTANCE_NUMBER),
}


def _elements_of_slice(data_set: DataSet) -> dict[int, Element] | None:
    """What is asked for of a plain slice: all stands before Pixel Spacing. None for any other."""
    found = data_set.top(_OF_SLICE, PIXEL_SPACING)
    top = found.elements
    spacing = data_set.head(found.end)
    if (
        found.problem is not None
        or spacing is None
        or spacing.tag != PIXEL_SPACING
        or spacing.end is None
        or spacing.end > len(data_set.data)
        or (NUMBER_OF_FRAMES in top and IMAGE_POSITION not in top)
    ):
        return None
    last = data_set.scan(found.end, spacing.end, data_set.explicit, _OF_SLICE)
    return None if last.problem is not None else top | last.elements


def _parse_head(data_set: DataSet, *, is_whole: bool) -> Head:
    top = _elements_of_slice(data_set)
    return _head(data_set, _all_elements(data_set, is_whole=is_whole) if top is None else top)


def _all_elements(data_set: DataSet, *, is_whole: bool) -> dict[int, Element]:
    top: dict[int, Element] = {}
    for element in data_set:
        top[element.tag] = element
        # Frames with own positions are described behind the rest, just before the pixels.
        is_flat = NUMBER_OF_FRAMES not in top or IMAGE_POSITION in top
        if element.tag == PER_FRAME_FUNCTIONAL_GROUPS or (is_flat and element.tag >= PIXEL_SPACING):
            break
    else:
        if not is_whole:
            raise data_set.truncated()
    return top


def _head(data_set: DataSet, top: dict[int, Element]) -> Head:
    return Head(
        SOPInstanceUID=_text(data_set, top, SOP_INSTANCE_UID),
        SeriesInstanceUID=_text(data_set, top, SERIES_INSTANCE_UID),
        FrameOfReferenceUID=_text(data_set, top, FRAME_OF_REFERENCE_UID),
        is_localizer="LOCALIZER" in _text(data_set, top, IMAGE_TYPE).split("\\"),
        slice_thickness=_raw(data_set, top, SLICE_THICKNESS),
        frames=_frames(data_set, top),
        PatientID=_text(data_set, top, PATIENT_ID),
        InstanceNumber=_raw(data_set, top, INSTANCE_NUMBER),
        telling=(
            ("ImageType", _raw(data_set, top, IMAGE_TYPE)),
            *_telling(data_set, top.values()),
        ),
    )


def _telling(data_set: DataSet, elements: Iterable[Element]) -> Iterator[tuple[str, Text]]:
    for element in elements:
        keyword = TELLING.get(element.tag)
        if keyword == "DiffusionBValue":
            yield keyword, double(_bytes(data_set, element), data_set.byte_order)
        elif keyword == "TemporalPositionIndex" or element.tag == 0x00209156:
            number = unsigned(_bytes(data_set, element), data_set.byte_order)
            yield str(keyword), None if number is None else float(number)
        elif keyword is not None:
            yield keyword, data_set.value(element)


def _bytes(data_set: DataSet, element: Element) -> bytes:
    return data_set.data[element.start : element.end]


def _frames(data_set: DataSet, top: dict[int, Element]) -> tuple[Frame, ...]:
    rows, columns = (_unsigned(data_set, top, tag) for tag in (ROWS, COLUMNS))
    if not rows or not columns or _text(data_set, top, MODALITY) == "RTDOSE":
        return ()
    shared = _functional_groups(data_set, top.get(SHARED_FUNCTIONAL_GROUPS))
    common = {**_plane_elements(data_set, top), **(shared[0][0] if shared else {})}
    own = _functional_groups(data_set, top.get(PER_FRAME_FUNCTIONAL_GROUPS)) or [({}, ())]
    frames = []
    for groups, told in own:
        values = {**common, **groups}
        if {IMAGE_POSITION, IMAGE_ORIENTATION, PIXEL_SPACING} <= values.keys():
            frames.append(
                Frame(
                    values[IMAGE_POSITION],
                    values[IMAGE_ORIENTATION],
                    values[PIXEL_SPACING],
                    rows,
                    columns,
                    told,
                )
            )
    return tuple(frames)


def _functional_groups(
    data_set: DataSet, sequence: Element | None
) -> list[tuple[dict[int, bytes], tuple[tuple[str, Text], ...]]]:
    """Position, orientation and spacing in each item, and what may tell a frame from others."""
    if sequence is None:
        return []
    planes = (PLANE_POSITION_SEQUENCE, PLANE_ORIENTATION_SEQUENCE, PIXEL_MEASURES_SEQUENCE)
    contents = (FRAME_CONTENT_SEQUENCE, MR_ECHO_SEQUENCE, MR_DIFFUSION_SEQUENCE)
    groups = []
    for item in data_set.items(sequence):
        found: dict[int, bytes] = {}
        told: list[tuple[str, Text]] = []
        for element in data_set.inside(item):
            if element.tag in planes:
                for macro in data_set.items(element):
                    found |= _plane_elements(
                        data_set, {inner.tag: inner for inner in data_set.inside(macro)}
                    )
            elif element.tag in contents:
                for macro in data_set.items(element):
                    told += _telling(data_set, data_set.inside(macro))
        groups.append((found, tuple(told)))
    return groups


def _plane_elements(data_set: DataSet, elements: dict[int, Element]) -> dict[int, bytes]:
    tags = (IMAGE_POSITION, IMAGE_ORIENTATION, PIXEL_SPACING)
    values = {tag: _raw(data_set, elements, tag) for tag in tags}
    return {tag: value for tag, value in values.items() if value}


def _raw(data_set: DataSet, top: dict[int, Element], tag: int) -> bytes:
    return data_set.value(top[tag]) if tag in top else b""


def _text(data_set: DataSet, top: dict[int, Element], tag: int) -> str:
    return data_set.text(top[tag]) if tag in top else ""


def _unsigned(data_set: DataSet, top: dict[int, Element], tag: int) -> int:
    element = top.get(tag)
    if element is None:
        return 0
    return unsigned(_bytes(data_set, element), data_set.byte_order) or 0
