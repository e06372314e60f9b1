"""The grid of an image series, from the headers of its files; pixels are never read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rtstruct.dicom.image_head import read_head
from rtstruct.dicom.numbers import decimal, decimals, integer
from rtstruct.errors import RtstructError
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.geometry.stacks import FEWEST_SLICES, Slice, part_stacks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rtstruct.dicom.image_head import Frame, Head, Text
    from rtstruct.geometry.grid import ImageGrid

ROUNDING = 1e-3
_TEXTS = ("ImageType", "ConvolutionKernel", "AcquisitionTime", "ContentTime", "StackID")
# Of the reasons to leave a file out, those that a slice may be lost for.
_LOST = ("unreadable_file", "not_dicom", "invalid_dicom", "truncated_file", "no_position")


Numbers: TypeAlias = tuple[float, ...]


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
    heights: Mapping[str, float] = field(default_factory=dict)
    """Where each image lies along the grid's normal, in mm, by what contours name it."""

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


@dataclass(frozen=True, eq=False)
class FrameStack:
    """A stack of frames of one image."""

    series: ImageSeries
    separated_by: tuple[str, ...]
    """What told it from others, in the order in which it was asked."""


def frame_stacks_of(head: Head) -> list[FrameStack]:
    """Part the frames of an image into stacks, in the order of their acquisition.

    Raises
    ------
    RtstructError
        ``invalid_geometry``.
    """
    planes = _planes([head])
    return [
        FrameStack(_series([planes[i] for i in stack.slices], Counter()), stack.separated_by)
        for stack in part_stacks([_slice(plane) for plane in planes])
    ]


def part_planes(planes: Sequence[Plane]) -> list[list[Plane]]:
    """Part slices into stacks, in the order of their acquisition."""
    stacks = part_stacks([_slice(plane) for plane in planes])
    return [[planes[i] for i in stack.slices] for stack in stacks]


def _read_heads(
    files: Iterable[tuple[str, str | None]], SeriesInstanceUID: str | None
) -> tuple[list[Head], Counter[str]]:
    dropped: Counter[str] = Counter()
    heads: dict[str, Head] = {}
    others: dict[str, Head] = {}
    for path, member in files:
        try:
            head = read_head(path, member)
        except RtstructError as error:
            dropped[error.code] += 1
            continue
        if SeriesInstanceUID is not None and head.SeriesInstanceUID != SeriesInstanceUID:
            others.setdefault(head.SOPInstanceUID, head)
        elif not head.frames:
            dropped["no_position"] += 1
        elif head.SOPInstanceUID in heads:
            dropped["duplicate"] += 1
        else:
            heads[head.SOPInstanceUID] = head
    if have_a_series_each([*heads.values(), *others.values()]):
        heads |= {uid: head for uid, head in others.items() if head.frames}
    else:
        dropped["other_series"] += len(others)
    if not heads:
        raise RtstructError(
            "no_images",
            f"none of the {dropped.total()} files of the image series is a slice in space",
        )
    return list(heads.values()), dropped


def have_a_series_each(heads: Sequence[Head]) -> bool:
    """Whether slices of one frame of reference each have a SeriesInstanceUID of their own."""
    frames = {head.FrameOfReferenceUID for head in heads}
    series = {head.SeriesInstanceUID for head in heads}
    return len(heads) >= FEWEST_SLICES and len(series) == len(heads) and len(frames - {""}) == 1


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
        slice_thickness_mm=decimal(first.slice_thickness),
    )
    frames = Counter(plane.head.SOPInstanceUID for plane in planes)
    whole = {
        plane.head.SOPInstanceUID
        for plane in planes
        if frames[plane.head.SOPInstanceUID] == len(plane.head.frames)
    }
    images = whole.union(plane.name for plane in planes)
    return ImageSeries(
        grid=grid,
        FrameOfReferenceUID=first.FrameOfReferenceUID,
        dropped=+dropped,
        images=frozenset(images),
        is_localizer=first.is_localizer,
        heights={plane.name: float(grid.normal @ plane.geometry[0]) for plane in planes},
    )


def _slice(plane: Plane) -> Slice:
    head, frame = plane.head, plane.frame
    position, orientation, spacing, shape = plane.geometry
    values: dict[str, float | str | None] = {}
    for keyword, value in (*head.telling, *frame.telling):
        values[keyword] = _told(keyword, value)
    return Slice(
        name=plane.name,
        position=position,
        orientation=orientation,
        spacing=spacing,
        shape=shape,
        owner=(head.PatientID, head.FrameOfReferenceUID),
        is_localizer=head.is_localizer,
        number=plane.number or integer(head.InstanceNumber),
        values=values,
    )


def _told(keyword: str, value: Text) -> float | str | None:
    """A number where the attribute is one; None where it is empty or garbled."""
    if not isinstance(value, bytes):
        return value
    if keyword in _TEXTS:
        return value.decode("ascii", "replace").strip(" \0") or None
    return decimal(value)


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
    numbers = decimals(value)
    if numbers is None or len(numbers) != count:
        raise RtstructError(
            "invalid_geometry", f"{value[:60]!r} in the header of an image are not {count} numbers"
        )
    return numbers
