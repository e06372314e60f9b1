"""What a structure set draws, per ROI, without its coordinates: the facts that SQL asks for."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pydicom.dataelem import RawDataElement

from rtstruct.dicom.geometric_types import encloses, is_points, normalised
from rtstruct.index.values import sequence_items, strings, text

if TYPE_CHECKING:
    from rtstruct.index.values import Elements

ROI_CONTOUR_SEQUENCE: Final = 0x30060039
_ROI_DISPLAY_COLOR: Final = 0x3006002A
_CONTOUR_SEQUENCE: Final = 0x30060040
_CONTOUR_IMAGE_SEQUENCE: Final = 0x30060016
_CONTOUR_GEOMETRIC_TYPE: Final = 0x30060042
_CONTOUR_DATA: Final = 0x30060050
_REFERENCED_ROI_NUMBER: Final = 0x30060084
_REFERENCED_SOP_INSTANCE_UID: Final = 0x00081155


@dataclass
class _Facts:
    contour_count: int = 0
    point_count: int = 0
    enclosing_count: int = 0
    point_contour_count: int = 0
    untyped_count: int = 0
    geometric_types: set[str] = field(default_factory=set)
    z_min_mm: float = math.inf
    z_max_mm: float = -math.inf
    color: list[str] = field(default_factory=list)
    contours_by_image: Counter[str] = field(default_factory=Counter)


def roi_contours(elements: Elements) -> list[dict[str, Any]]:
    """Facts per ReferencedROINumber of a structure set's ROI Contour Sequence, in its order.

    Items of the same ROI are taken together. ``point_count`` counts what Contour Data holds, not
    what Number of Contour Points claims; ``z_min_mm`` and ``z_max_mm`` are the least and greatest
    third coordinate (mm, patient coordinates), None without a finite one. ``image_contour_counts``
    says of each of ``image_sop_uids`` how many contours name it. ``enclosing_contour_count`` counts
    contours with an inside, ``point_contour_count`` points, closed contours of one or two points
    among them, ``untyped_contour_count`` those without a Contour Geometric Type.
    """
    facts: dict[str | None, _Facts] = {}
    for item in _items(elements, ROI_CONTOUR_SEQUENCE):
        roi = facts.setdefault(_number(item), _Facts())
        color = item.get(_ROI_DISPLAY_COLOR)
        if color is not None:
            roi.color = strings(color)
        for contour in _items(item, _CONTOUR_SEQUENCE):
            _add_contour(roi, contour)
    return [_row(number, roi) for number, roi in facts.items()]


def _number(item: Elements) -> str | None:
    number = text(item.get(_REFERENCED_ROI_NUMBER))
    return None if number is None else number.strip()


def _items(elements: Elements, tag: int) -> list[Elements]:
    element = elements.get(tag)
    return [] if element is None else list(sequence_items(element))


def _add_contour(roi: _Facts, contour: Elements) -> None:
    roi.contour_count += 1
    geometric_type = text(contour.get(_CONTOUR_GEOMETRIC_TYPE))
    if geometric_type is not None:
        roi.geometric_types.add(geometric_type.strip())
    named = (
        text(image.get(_REFERENCED_SOP_INSTANCE_UID))
        for image in _items(contour, _CONTOUR_IMAGE_SEQUENCE)
    )
    roi.contours_by_image.update({uid for uid in named if uid is not None})
    points = 0
    data = contour.get(_CONTOUR_DATA)
    if isinstance(data, RawDataElement) and data.value:
        coordinates = data.value.split(b"\\")
        points = len(coordinates) // 3
        roi.point_count += points
        # A planar contour writes the same z at every point: distinct bytes are few, floats fewer.
        for z in map(_millimetres, set(coordinates[2::3])):
            if math.isfinite(z):
                roi.z_min_mm = min(roi.z_min_mm, z)
                roi.z_max_mm = max(roi.z_max_mm, z)
    kind = normalised(geometric_type)
    roi.enclosing_count += encloses(kind, points)
    roi.point_contour_count += is_points(kind, points)
    roi.untyped_count += not kind


def _millimetres(value: bytes) -> float:
    try:
        return float(value.strip(b" \0"))
    except ValueError:
        return math.nan


def _row(number: str | None, roi: _Facts) -> dict[str, Any]:
    has_z = roi.z_min_mm <= roi.z_max_mm
    return {
        "ReferencedROINumber": number,
        "contour_count": roi.contour_count,
        "point_count": roi.point_count,
        "contour_geometric_types": sorted(roi.geometric_types),
        "enclosing_contour_count": roi.enclosing_count,
        "point_contour_count": roi.point_contour_count,
        "untyped_contour_count": roi.untyped_count,
        "z_min_mm": roi.z_min_mm if has_z else None,
        "z_max_mm": roi.z_max_mm if has_z else None,
        "ROIDisplayColor": roi.color,
        "image_sop_uids": sorted(roi.contours_by_image),
        "image_contour_counts": [n for _, n in sorted(roi.contours_by_image.items())],
    }
