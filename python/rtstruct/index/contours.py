"""What a structure set draws, per ROI, without its coordinates: the facts that SQL asks for."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from rtstruct.dicom.geometric_types import (
    FEW_BYTES,
    FEWEST_POINTS,
    encloses,
    is_points,
    normalised,
)
from rtstruct.index.charset import decode
from rtstruct.index.heights import heights
from rtstruct.index.values import inside, strings, text, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rtstruct.dicom.elements import DataSet, Element

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
class _Facts:
    item_count: int = 0
    contour_count: int = 0
    point_count: int = 0
    enclosing_count: int = 0
    point_contour_count: int = 0
    untyped_count: int = 0
    geometric_types: set[bytes] = field(default_factory=set)
    z_min_mm: float = math.inf
    z_max_mm: float = -math.inf
    color: list[str] = field(default_factory=list)
    image_sequences: dict[bytes, Element] = field(default_factory=dict)
    contours_by_sequence: Counter[bytes] = field(default_factory=Counter)


def roi_contours(data_set: DataSet, sequence: Element | None) -> list[dict[str, Any]]:
    """Facts per ReferencedROINumber of a ROI Contour Sequence, in its order.

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
    facts: dict[str | None, _Facts] = {}
    known: dict[bytes, set[str]] = {}
    for item in _items(data_set, sequence, _OF_ROI):
        number = text(data_set, item.get(_REFERENCED_ROI_NUMBER))
        roi = facts.setdefault(None if number is None else number.strip(), _Facts())
        color = item.get(_ROI_DISPLAY_COLOR)
        if color is not None:
            roi.color = strings(data_set, color)
        before = roi.contour_count
        _add_contours(roi, data_set, item.get(_CONTOUR_SEQUENCE))
        roi.item_count += roi.contour_count > before
        for content, images in roi.image_sequences.items():
            if content not in known:
                known[content] = set(_image_uids(data_set, images))
    return [_row(number, roi, known) for number, roi in facts.items()]


def _items(
    data_set: DataSet, sequence: Element | None, wanted: frozenset[int]
) -> Iterator[dict[int, Element]]:
    if sequence is not None:
        for item in data_set.items(sequence):
            yield inside(data_set, item, wanted)


def _add_contours(roi: _Facts, data_set: DataSet, sequence: Element | None) -> None:
    drawn: list[tuple[int, int]] = []
    for contour in _items(data_set, sequence, _OF_CONTOUR):
        roi.contour_count += 1
        stated = contour.get(_CONTOUR_GEOMETRIC_TYPE)
        geometric_type = b"" if stated is None else written(data_set, stated)
        roi.geometric_types.add(geometric_type)
        images = contour.get(_CONTOUR_IMAGE_SEQUENCE)
        if images is not None:
            # ROIs name the same images again and again, in the same bytes.
            content = data_set.data[images.start : images.end]
            roi.image_sequences.setdefault(content, images)
            roi.contours_by_sequence[content] += 1
        points = contour.get(_CONTOUR_DATA)
        has_data = points is not None and not points.is_delimited and points.end > points.start
        if points is not None and has_data:
            drawn.append((points.start, points.end))
        count = _point_count(data_set.data, points) if points is not None and has_data else 0
        kind = _kind(geometric_type)
        roi.enclosing_count += encloses(kind, count)
        roi.point_contour_count += is_points(kind, count)
        roi.untyped_count += not kind
    for found in heights(data_set.data, drawn):
        roi.point_count += found.point_count
        roi.z_min_mm = min(roi.z_min_mm, found.z_min_mm)
        roi.z_max_mm = max(roi.z_max_mm, found.z_max_mm)


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
    for image in _items(data_set, sequence, _OF_IMAGE):
        uid = text(data_set, image.get(_REFERENCED_SOP_INSTANCE_UID))
        if uid is not None:
            yield uid


def _row(number: str | None, roi: _Facts, image_uids: dict[bytes, set[str]]) -> dict[str, Any]:
    has_z = roi.z_min_mm <= roi.z_max_mm
    named: Counter[str] = Counter()
    for content, count in roi.contours_by_sequence.items():
        named.update(dict.fromkeys(image_uids[content], count))
    return {
        "ReferencedROINumber": number,
        "item_count": roi.item_count,
        "contour_count": roi.contour_count,
        "point_count": roi.point_count,
        "contour_geometric_types": sorted({decode(v).strip() for v in roi.geometric_types if v}),
        "enclosing_contour_count": roi.enclosing_count,
        "point_contour_count": roi.point_contour_count,
        "untyped_contour_count": roi.untyped_count,
        "z_min_mm": roi.z_min_mm if has_z else None,
        "z_max_mm": roi.z_max_mm if has_z else None,
        "ROIDisplayColor": roi.color,
        "image_sop_uids": sorted(named),
        "image_contour_counts": [named[uid] for uid in sorted(named)],
    }
