"""What a structure set draws, per ROI, without its coordinates: the facts that SQL asks for."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from rtstruct.dicom.elements import Element
from rtstruct.dicom.geometric_types import (
    FEW_BYTES,
    FEWEST_POINTS,
    encloses,
    is_points,
    normalised,
)
from rtstruct.errors import RtstructError
from rtstruct.index.charset import decode
from rtstruct.index.values import strings, text, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rtstruct.dicom.elements import DataSet
    from rtstruct.index.heights import Heights

ROI_CONTOUR_SEQUENCE: Final = 0x30060039
_ROI_DISPLAY_COLOR: Final = 0x3006002A
_CONTOUR_SEQUENCE: Final = 0x30060040
_CONTOUR_IMAGE_SEQUENCE: Final = 0x30060016
_CONTOUR_GEOMETRIC_TYPE: Final = 0x30060042
_CONTOUR_DATA: Final = 0x30060050
_REFERENCED_ROI_NUMBER: Final = 0x30060084
_REFERENCED_SOP_INSTANCE_UID: Final = 0x00081155

_OF_ROI: Final = frozenset({_ROI_DISPLAY_COLOR, _CONTOUR_SEQUENCE, _REFERENCED_ROI_NUMBER})
_OF_CONTOUR: Final = frozenset({_CONTOUR_IMAGE_SEQUENCE, _CONTOUR_GEOMETRIC_TYPE, _CONTOUR_DATA})
_OF_IMAGE: Final = frozenset({_REFERENCED_SOP_INSTANCE_UID})


@dataclass
class _Drawn:
    """What the items of a Contour Sequence, or of several, hold."""

    kinds: Counter[tuple[bytes, int]] = field(default_factory=Counter)
    """Contours by type as it was written, and by points as far as they matter."""
    data: list[tuple[int, int]] = field(default_factory=list)
    """Start and end of each one's Contour Data, where it has any."""
    images: dict[bytes, Element] = field(default_factory=dict)
    """Contour Image Sequences by their bytes: contours name the same images again and again."""
    image_counts: Counter[bytes] = field(default_factory=Counter)


@dataclass
class _ROI:
    item_count: int = 0
    color: list[str] = field(default_factory=list)
    drawn: list[_Drawn] = field(default_factory=list)


class ROIContours:
    """The facts of ROI Contour Sequences, read while the end of one is sought, or afterwards."""

    def __init__(self, data_set: DataSet) -> None:
        self._data_set = data_set
        self._known: dict[int, list[dict[str, Any]]] = {}
        self.readers = {ROI_CONTOUR_SEQUENCE: self._read}
        """For :meth:`DataSet.scan`, so that a sequence of undefined length is read once."""

    def rows(self, sequence: Element | None) -> list[dict[str, Any]]:
        """Facts per ReferencedROINumber, in the order of the sequence.

        Items of the same ROI are taken together; ``item_count`` counts those that hold contours.
        ``point_count`` counts what Contour Data holds, not what Number of Contour Points claims;
        ``z_min_mm`` and ``z_max_mm`` are the least and greatest third coordinate (mm, patient
        coordinates), None without a finite one. ``image_contour_counts`` says of each of
        ``image_sop_uids`` how many contours name it. ``enclosing_contour_count`` counts contours
        with an inside, ``point_contour_count`` points, closed contours of one or two points among
        them, ``untyped_contour_count`` those without a Contour Geometric Type.

        Raises
        ------
        RtstructError
            ``invalid_dicom``, ``truncated_file``.
        """
        if sequence is None:
            return []
        known = self._known.get(sequence.start)
        return _rows(self._data_set, sequence) if known is None else known

    def _read(self, start: int, end: int, explicit: bool) -> int:
        sequence = Element(ROI_CONTOUR_SEQUENCE, start, end, explicit, True)
        # Damage inside need not be damage of the whole; what it is of, the scan finds out.
        with suppress(RtstructError):
            self._known[start] = _rows(self._data_set, sequence)
        return self._data_set.end_of_items(start, end, explicit)


def _rows(data_set: DataSet, sequence: Element) -> list[dict[str, Any]]:
    rois: dict[str | None, _ROI] = {}
    drawn: dict[int, _Drawn] = {}

    def read(start: int, end: int, explicit: bool) -> int:
        drawn[start] = _drawn(data_set, Element(_CONTOUR_SEQUENCE, start, end, explicit, True))
        return data_set.end_of_items(start, end, explicit)

    for item in data_set.walk(sequence, _OF_ROI, {_CONTOUR_SEQUENCE: read}):
        number = text(data_set, item.get(_REFERENCED_ROI_NUMBER))
        roi = rois.setdefault(None if number is None else number.strip(), _ROI())
        color = item.get(_ROI_DISPLAY_COLOR)
        if color is not None:
            roi.color = strings(data_set, color)
        contours = item.get(_CONTOUR_SEQUENCE)
        if contours is not None:
            known = drawn.get(contours.start)
            roi.drawn.append(_drawn(data_set, contours) if known is None else known)
            roi.item_count += bool(roi.drawn[-1].kinds)
    # It needs NumPy, which takes as long to import as a thousand images to read.
    from rtstruct.index.heights import heights

    found = heights(
        data_set.data, [[c for d in roi.drawn for c in d.data] for roi in rois.values()]
    )
    uids: dict[bytes, set[str]] = {}
    for roi in rois.values():
        for each in roi.drawn:
            for content, images in each.images.items():
                if content not in uids:
                    uids[content] = set(_image_uids(data_set, images))
    return [_row(*roi, z, uids) for roi, z in zip(rois.items(), found, strict=True)]


def _drawn(data_set: DataSet, sequence: Element) -> _Drawn:
    data, found = data_set.data, _Drawn()
    drawn, images = found.data, found.images
    kinds, image_counts = found.kinds, found.image_counts
    for contour in data_set.walk(sequence, _OF_CONTOUR):
        stated = contour.get(_CONTOUR_GEOMETRIC_TYPE)
        named = contour.get(_CONTOUR_IMAGE_SEQUENCE)
        if named is not None:
            content = data[named.start : named.end]
            if content not in images:
                images[content] = named
            image_counts[content] += 1
        points = contour.get(_CONTOUR_DATA)
        count = 0
        if points is not None and points.end > points.start and not points.is_delimited:
            drawn.append((points.start, points.end))
            count = _point_count(data, points)
        kinds[b"" if stated is None else written(data_set, stated), count] += 1
    return found


def _point_count(data: bytes, contour: Element) -> int:
    """How many points a contour has, as far as it matters: three, or how many less."""
    # Many bytes hold many points; few bytes alone are counted.
    if contour.end - contour.start > FEW_BYTES:
        return FEWEST_POINTS
    return min((data.count(b"\\", contour.start, contour.end) + 1) // 3, FEWEST_POINTS)


@lru_cache(maxsize=64)
def _kind(stated: bytes) -> str:
    return normalised(decode(stated))


def _image_uids(data_set: DataSet, sequence: Element) -> Iterator[str]:
    for image in data_set.walk(sequence, _OF_IMAGE):
        uid = text(data_set, image.get(_REFERENCED_SOP_INSTANCE_UID))
        if uid is not None:
            yield uid


def _row(
    number: str | None, roi: _ROI, height: Heights, image_uids: dict[bytes, set[str]]
) -> dict[str, Any]:
    named: Counter[str] = Counter()
    kinds: Counter[tuple[bytes, int]] = Counter()
    for drawn in roi.drawn:
        kinds.update(drawn.kinds)
        for content, count in drawn.image_counts.items():
            for uid in image_uids[content]:
                named[uid] += count
    uids = sorted(named)
    has_z = height.z_min_mm <= height.z_max_mm
    normal = [(_kind(stated), points, count) for (stated, points), count in kinds.items()]
    return {
        "ReferencedROINumber": number,
        "item_count": roi.item_count,
        "contour_count": kinds.total(),
        "point_count": height.point_count,
        "contour_geometric_types": sorted({decode(v).strip() for v, _ in kinds if v}),
        "enclosing_contour_count": sum(n for kind, m, n in normal if encloses(kind, m)),
        "point_contour_count": sum(n for kind, m, n in normal if is_points(kind, m)),
        "untyped_contour_count": sum(n for kind, _, n in normal if not kind),
        "z_min_mm": height.z_min_mm if has_z else None,
        "z_max_mm": height.z_max_mm if has_z else None,
        "ROIDisplayColor": roi.color,
        "image_sop_uids": uids,
        "image_contour_counts": [named[uid] for uid in uids],
    }
