"""What contours enclose, by ContourGeometricType (PS3.3 section C.8.8.6.1).

The dbt variable ``closed_contour_types`` is held equal to ``CLOSED`` by a test.
"""

from __future__ import annotations

from typing import Final

# The standard's, and names seen in the wild. Filled, holes by even-odd; points, open lines and all
# others enclose nothing.
CLOSED: Final = ("CLOSED_PLANAR", "CLOSEDPLANAR", "CLOSEDPLANAR_XOR", "INTERPOLATED_PLANAR")
POINT: Final = ("POINT",)
OPEN: Final = ("OPEN_PLANAR", "OPEN_NONPLANAR")
UNTYPED: Final = ("",)
"""The type is required: where it is absent a contour is taken as closed, and that is told."""
FILLED: Final = (*CLOSED, *UNTYPED)
FEW_BYTES: Final = 256
"""Of Contour Data: more than that holds three points, however they are written."""
FEWEST_POINTS: Final = 3
"""Of a contour that encloses anything: a closed one of one or two points is a point."""


def normalised(stated: str | None) -> str:
    """The type as the standard spells it: capitals, no padding; empty if none is stated."""
    return (stated or "").strip(" \0").upper()


def encloses(kind: str, point_count: int) -> bool:
    """Whether a contour of this (normalised) type and so many points has an inside."""
    return kind in FILLED and point_count >= FEWEST_POINTS


def is_points(kind: str, point_count: int) -> bool:
    """Whether a contour is a point, or a closed one of too few points to be anything else."""
    return kind in POINT or (kind in FILLED and 0 < point_count < FEWEST_POINTS)
