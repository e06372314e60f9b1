"""The inside of contours, cut into trapezoids: what exact areas are made of.

Every plane is cut into strips at the row of each vertex and of each crossing of two edges. Within
a strip edges neither end nor cross, so that by the even-odd rule the inside lies between the first
and the second edge, the third and the fourth, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

# Edges that meet in a vertex may seem to cross there by the rounding of numbers.
CROSSING_TOLERANCE = 1e-9  # of a pixel


@dataclass(frozen=True, eq=False)
class Edges:
    """Straight lines on planes, in pixels, each from its upper end to its lower one."""

    column0: Floats
    row0: Floats
    column1: Floats
    row1: Floats
    """(edges,) not smaller than ``row0``."""
    plane: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Parts of edges, one strip high: each two bound a trapezoid, its left side first."""

    top: Floats
    """(pieces,) row where the strip begins."""
    bottom: Floats
    column_at_top: Floats
    column_at_bottom: Floats
    plane: NDArray[np.int64]
    """(pieces,) ascending."""
    edge: NDArray[np.int64]
    """(pieces,) of which edge each is a part."""


def cut(edges: Edges, rows: NDArray[np.float64] | None = None) -> Pieces:
    """Cut the planes of closed contours into strips, further at each of ``rows``."""
    highest, height = 0.0, 1.0
    if len(edges.plane):
        highest = float(edges.row0.min())
        height = float(edges.row1.max()) - highest + 1
    # Planes lie below one another, so that the strips of all are sorted and cut at once.
    lift = edges.plane.astype(np.float64) * height - highest
    lifts = np.unique(lift)
    levels = [edges.row0 + lift, edges.row1 + lift]
    if rows is not None:
        inside = rows[(rows > highest) & (rows < highest + height - 1)]
        levels.append(np.add.outer(lifts, inside).ravel())
    known = np.unique(np.concatenate(levels))
    while True:
        pieces, lift_of_piece = _pieces(edges, lift, known)
        crossings = _crossings(pieces) + lift_of_piece
        more = np.unique(np.concatenate([known, crossings[np.isfinite(crossings)]]))
        if len(more) == len(known):
            return pieces
        known = more


def _pieces(edges: Edges, lift: Floats, levels: Floats) -> tuple[Pieces, Floats]:
    """Every edge in every strip that it passes, sorted by strip and column, and their lifts."""
    first = np.searchsorted(levels, edges.row0 + lift)
    passed = np.searchsorted(levels, edges.row1 + lift) - first
    edge = np.repeat(np.arange(len(passed)), passed)
    strip = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(passed) - passed, passed)
    row0, column0 = edges.row0[edge], edges.column0[edge]
    # A share of the edge cannot overflow, however low the edge is; a slope can.
    height, width = edges.row1[edge] - row0, edges.column1[edge] - column0
    top, bottom = levels[strip] - lift[edge], levels[strip + 1] - lift[edge]
    column_at_top = column0 + (top - row0) / height * width
    column_at_bottom = column0 + (bottom - row0) / height * width
    order = np.lexsort((column_at_top + column_at_bottom, strip))
    edge = edge[order]
    pieces = Pieces(
        top=top[order],
        bottom=bottom[order],
        column_at_top=column_at_top[order],
        column_at_bottom=column_at_bottom[order],
        plane=edges.plane[edge],
        edge=edge,
    )
    return pieces, lift[edge]


def _crossings(pieces: Pieces) -> Floats:
    """(pieces,) row where a piece crosses the next one of its strip, nan where it does not.

    Of the pieces of a strip that cross at all, at least two neighbours do.
    """
    rows = np.full(len(pieces.top), np.nan)
    if len(rows) == 0:
        return rows
    together = (np.diff(pieces.top) == 0) & (np.diff(pieces.plane) == 0)
    apart_at_top = np.diff(pieces.column_at_top)
    apart_at_bottom = np.diff(pieces.column_at_bottom)
    low = np.minimum(apart_at_top, apart_at_bottom)
    crossed = np.flatnonzero(together & (low < -CROSSING_TOLERANCE))
    share = apart_at_top[crossed] / (apart_at_top - apart_at_bottom)[crossed]
    top, bottom = pieces.top[crossed], pieces.bottom[crossed]
    rows[crossed] = top + np.clip(share, 0, 1) * (bottom - top)
    return rows
