"""The grid of an image series, from the headers of its files; pixels are never read."""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rtstruct.dicom.elements import TruncatedError
from rtstruct.dicom.file_format import open_data_set
from rtstruct.dicom.source import read_bytes
from rtstruct.errors import RtstructError
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.geometry.stacks import Slice, part_stacks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rtstruct.dicom.elements import DataSet, Element
    from rtstruct.geometry.grid import ImageGrid

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
ROUNDING = 1e-3
_TEXTS = ("ImageType", "ConvolutionKernel", "AcquisitionTime", "ContentTime", "StackID")
# Of the reasons to leave a file out, those that a slice may be lost for.
_LOST = ("unreadable_file", "not_dicom", "invalid_dicom", "truncated_file", "no_position")

Numbers: TypeAlias = tuple[float, ...]
Text: TypeAlias = "bytes | float"


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


@dataclass(frozen=True, eq=False)
class ImageSeries:
    """The grid of a stack of an image series and how it came about."""

    grid: ImageGrid
    FrameOfReferenceUID: str
    dropped: Counter[str]
    """Files left out, by reason."""
    images: frozenset[str] = frozenset()
    """What may be named of it: SOPInstanceUIDs, and ``UID#number`` of frames."""
    is_localizer: bool = False

    def holds(self, SOPInstanceUID: str) -> bool:
        """Whether an image, or a frame of it, is one of its slices."""
        return any(name.partition("#")[0] == SOPInstanceUID for name in self.images)

    @property
    def lost(self) -> Counter[str]:
        """Files left out that may have held a slice of the grid, by reason."""
        return Counter({why: n for why, n in self.dropped.items() if why in _LOST})


class Plane(NamedTuple):
    """One slice of a series: an image, or a frame of one."""

    head: Head
    number: int | None
    """Of the frame, from 1; None in a file of one frame."""
    frame: Frame
    geometry: tuple[Numbers, Numbers, Numbers, tuple[int, int]]

    @property
    def name(self) -> str:
        """What a contour names it by."""
        return frame_name(self.head.SOPInstanceUID, self.number)


def frame_name(SOPInstanceUID: str, number: int | None) -> str:
    """By what an image, or a frame of one, is known here."""
    return SOPInstanceUID if number is None else f"{SOPInstanceUID}#{number}"


def read_image_series(
    files: Iterable[tuple[str, str | None]],
    SeriesInstanceUID: str | None = None,
    *,
    is_stack: bool = False,
) -> ImageSeries:
    """Read the grid of an image series from the headers of its files.

    Files of another series, dose grids, localizers, files without a position and those of another
    plane or matrix than most are left out and counted, and of several stacks all but the largest.

    Parameters
    ----------
    files
        Path, and member if the path is a zip archive; in any order.
    SeriesInstanceUID
        The series wanted; None if all files belong to it.
    is_stack
        Whether the files are known to be one stack, as the catalog parts them.

    Raises
    ------
    RtstructError
        ``no_images``, ``invalid_geometry``.
    """
    heads, dropped = _read_heads(files, SeriesInstanceUID)
    if any(not head.is_localizer for head in heads):
        images = [head for head in heads if not head.is_localizer]
        dropped["localizer"] += len(heads) - len(images)
    else:
        images = heads
    planes = _planes(images)
    common = Counter(plane.geometry[1:] for plane in planes).most_common(1)[0][0]
    chosen = [p for p in planes if p.geometry[1:] == common or _same_plane(p.geometry[1:], common)]
    dropped["other_plane"] += len(planes) - len(chosen)
    if not is_stack:
        stack = max(part_planes(chosen), key=len)
        dropped["other_stack"] += len(chosen) - len(stack)
        chosen = stack
    return _series(chosen, dropped)


def read_image_stacks(
    files: Iterable[tuple[str, str | None]], SeriesInstanceUID: str | None = None
) -> list[ImageSeries]:
    """Read all stacks of an image series, in the order of their acquisition.

    Raises
    ------
    RtstructError
        ``no_images``, ``invalid_geometry``.
    """
    heads, dropped = _read_heads(files, SeriesInstanceUID)
    return [_series(stack, dropped) for stack in part_planes(_planes(heads))]


def part_planes(planes: Sequence[Plane]) -> list[list[Plane]]:
    """Part slices into stacks, in the order of their acquisition."""
    stacks = part_stacks([_slice(plane) for plane in planes])
    return [[planes[i] for i in stack.slices] for stack in stacks]


def _read_heads(
    files: Iterable[tuple[str, str | None]], SeriesInstanceUID: str | None
) -> tuple[list[Head], Counter[str]]:
    dropped: Counter[str] = Counter()
    heads: dict[str, Head] = {}
    for path, member in files:
        try:
            head = read_head(path, member)
        except RtstructError as error:
            dropped[error.code] += 1
            continue
        if SeriesInstanceUID is not None and head.SeriesInstanceUID != SeriesInstanceUID:
            dropped["other_series"] += 1
        elif not head.frames:
            dropped["no_position"] += 1
        elif head.SOPInstanceUID in heads:
            dropped["duplicate"] += 1
        else:
            heads[head.SOPInstanceUID] = head
    if not heads:
        raise RtstructError(
            "no_images",
            f"none of the {dropped.total()} files of the image series is a slice in space",
            "Check that the files are still there, then run `rtstruct index` again",
        )
    return list(heads.values()), dropped


def _planes(heads: Iterable[Head]) -> list[Plane]:
    return [
        Plane(head, number if len(head.frames) > 1 else None, frame, _plane(frame))
        for head in heads
        for number, frame in enumerate(head.frames, 1)
    ]


def _series(planes: Sequence[Plane], dropped: Counter[str]) -> ImageSeries:
    """The grid of slices of one plane and matrix; directions are the most frequent ones."""
    common = Counter(plane.geometry[1:] for plane in planes).most_common(1)[0][0]
    orientation, (row_spacing, column_spacing), (rows, columns) = common
    first = planes[0].head
    grid = grid_from_slices(
        [plane.geometry[0] for plane in planes],
        orientation[:3],
        orientation[3:],
        rows=rows,
        columns=columns,
        row_spacing_mm=row_spacing,
        column_spacing_mm=column_spacing,
        slice_thickness_mm=_thickness(first),
    )
    frames = Counter(plane.head.SOPInstanceUID for plane in planes)
    whole = {
        plane.head.SOPInstanceUID
        for plane in planes
        if frames[plane.head.SOPInstanceUID] == len(plane.head.frames)
    }
    images = whole.union(plane.name for plane in planes)
    return ImageSeries(
        grid, first.FrameOfReferenceUID, +dropped, frozenset(images), first.is_localizer
    )


def _slice(plane: Plane) -> Slice:
    head, frame = plane.head, plane.frame
    position, orientation, spacing, shape = plane.geometry
    values: dict[str, float | str | None] = {}
    for keyword, value in (*head.telling, *frame.telling):
        values[keyword] = _told(keyword, value)
    number = _told("InstanceNumber", head.InstanceNumber)
    return Slice(
        name=plane.name,
        position=position,
        orientation=orientation,
        spacing=spacing,
        shape=shape,
        owner=(head.PatientID, head.FrameOfReferenceUID),
        is_localizer=head.is_localizer,
        number=plane.number or (int(number) if isinstance(number, float) else None),
        values=values,
    )


def _told(keyword: str, value: Text) -> float | str | None:
    """A number where the attribute is one; None where it is empty or garbled."""
    if isinstance(value, float):
        return value
    text = value.decode("ascii", "replace").strip(" \0")
    if keyword in _TEXTS:
        return text or None
    try:
        return float(text)
    except ValueError:
        return None


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


def _parse_head(data_set: DataSet, *, is_whole: bool) -> Head:
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
            yield keyword, _binary(data_set, element, "d")
        elif keyword == "TemporalPositionIndex" or element.tag == 0x00209156:
            kind = "I" if element.end - element.start == 4 else "H"
            yield str(keyword), _binary(data_set, element, kind)
        elif keyword is not None:
            yield keyword, data_set.value(element)


def _binary(data_set: DataSet, element: Element, kind: str) -> float:
    value = data_set.data[element.start : element.end]
    size = struct.calcsize(kind)
    return (
        float(struct.unpack(data_set.byte_order + kind, value)[0]) if len(value) == size else -1.0
    )


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


def _plane(frame: Frame) -> tuple[Numbers, Numbers, Numbers, tuple[int, int]]:
    """Position, and what the slices of a grid have in common: orientation, spacing, matrix."""
    return (
        _numbers(frame.position, 3),
        _numbers(frame.orientation, 6),
        _numbers(frame.spacing, 2),
        (frame.rows, frame.columns),
    )


def _same_plane(
    one: tuple[Numbers, Numbers, tuple[int, int]], other: tuple[Numbers, Numbers, tuple[int, int]]
) -> bool:
    """Whether two slices differ by no more than the rounding of decimal strings."""
    pairs = zip((*one[0], *one[1]), (*other[0], *other[1]), strict=True)
    return one[2] == other[2] and all(abs(a - b) < ROUNDING for a, b in pairs)


# Orientation and spacing are the same text in every slice.
@lru_cache(maxsize=64)
def _numbers(value: bytes, count: int) -> Numbers:
    try:
        numbers = tuple(float(number) for number in value.split(b"\\"))
    except ValueError:
        numbers = ()
    if len(numbers) != count:
        raise RtstructError(
            "invalid_geometry", f"{value[:60]!r} in the header of an image are not {count} numbers"
        )
    return numbers


def _thickness(head: Head) -> float | None:
    try:
        return float(head.slice_thickness)
    except ValueError:
        return None


def _raw(data_set: DataSet, top: dict[int, Element], tag: int) -> bytes:
    return data_set.value(top[tag]) if tag in top else b""


def _text(data_set: DataSet, top: dict[int, Element], tag: int) -> str:
    return data_set.text(top[tag]) if tag in top else ""


def _unsigned(data_set: DataSet, top: dict[int, Element], tag: int) -> int:
    element = top.get(tag)
    if element is None:
        return 0
    value = data_set.data[element.start : element.end]
    return int.from_bytes(value, "little" if data_set.byte_order == "<" else "big")
