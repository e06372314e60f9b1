"""The grid of an image series, from the headers of its files; pixels are never read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rtstruct.dicom.elements import TruncatedError
from rtstruct.dicom.file_format import open_data_set
from rtstruct.dicom.source import read_bytes
from rtstruct.errors import RtstructError
from rtstruct.geometry.grid import grid_from_slices

if TYPE_CHECKING:
    from collections.abc import Iterable

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
# Nearly every header fits into the first; private elements can be larger.
HEAD_SIZES = (4096, 1 << 16, 1 << 20)
ROUNDING = 1e-3

Numbers: TypeAlias = tuple[float, ...]


class Frame(NamedTuple):
    """Where one slice is, as text of the header."""

    position: bytes
    orientation: bytes
    spacing: bytes
    rows: int
    columns: int


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


@dataclass(frozen=True, eq=False)
class ImageSeries:
    """The grid of an image series and how it came about."""

    grid: ImageGrid
    FrameOfReferenceUID: str
    dropped: Counter[str]
    """Files left out, by reason."""


def read_image_series(
    files: Iterable[tuple[str, str | None]], SeriesInstanceUID: str | None = None
) -> ImageSeries:
    """Read the grid of an image series from the headers of its files.

    Files of another series, dose grids, localizers, files without a position and those of another
    plane or matrix than most are left out and counted.

    Parameters
    ----------
    files
        Path, and member if the path is a zip archive; in any order.
    SeriesInstanceUID
        The series wanted; None if all files belong to it.

    Raises
    ------
    RtstructError
        ``no_images``, ``invalid_geometry``.
    """
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
    if any(not head.is_localizer for head in heads.values()):
        images = [head for head in heads.values() if not head.is_localizer]
        dropped["localizer"] += len(heads) - len(images)
    else:
        images = list(heads.values())
    if not images:
        raise RtstructError(
            "no_images",
            f"none of the {dropped.total()} files of the image series is a slice in space",
        )
    planes = [_plane(frame) for head in images for frame in head.frames]
    common = Counter(plane[1:] for plane in planes).most_common(1)[0][0]
    chosen = [p for p in planes if p[1:] == common or _same_plane(p[1:], common)]
    dropped["other_plane"] += len(planes) - len(chosen)
    orientation, (row_spacing, column_spacing), (rows, columns) = common
    grid = grid_from_slices(
        [position for position, *_ in chosen],
        orientation[:3],
        orientation[3:],
        rows=rows,
        columns=columns,
        row_spacing_mm=row_spacing,
        column_spacing_mm=column_spacing,
        slice_thickness_mm=_thickness(images[0]),
    )
    return ImageSeries(grid, images[0].FrameOfReferenceUID, +dropped)


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
    )


def _frames(data_set: DataSet, top: dict[int, Element]) -> tuple[Frame, ...]:
    rows, columns = (_unsigned(data_set, top, tag) for tag in (ROWS, COLUMNS))
    if not rows or not columns or _text(data_set, top, MODALITY) == "RTDOSE":
        return ()
    shared = _functional_groups(data_set, top.get(SHARED_FUNCTIONAL_GROUPS))
    common = {**_plane_elements(data_set, top), **(shared[0] if shared else {})}
    own = _functional_groups(data_set, top.get(PER_FRAME_FUNCTIONAL_GROUPS)) or [{}]
    frames = []
    for groups in own:
        values = {**common, **groups}
        if {IMAGE_POSITION, IMAGE_ORIENTATION, PIXEL_SPACING} <= values.keys():
            frames.append(
                Frame(
                    values[IMAGE_POSITION],
                    values[IMAGE_ORIENTATION],
                    values[PIXEL_SPACING],
                    rows,
                    columns,
                )
            )
    return tuple(frames)


def _functional_groups(data_set: DataSet, sequence: Element | None) -> list[dict[int, bytes]]:
    """Position, orientation and spacing in each item of a functional groups sequence."""
    if sequence is None:
        return []
    wanted = (PLANE_POSITION_SEQUENCE, PLANE_ORIENTATION_SEQUENCE, PIXEL_MEASURES_SEQUENCE)
    groups = []
    for item in data_set.items(sequence):
        found: dict[int, bytes] = {}
        for element in data_set.inside(item):
            if element.tag in wanted:
                for macro in data_set.items(element):
                    found |= _plane_elements(
                        data_set, {inner.tag: inner for inner in data_set.inside(macro)}
                    )
        groups.append(found)
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
