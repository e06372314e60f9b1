"""The parts of a structure on each of its planes, and how far each reaches to the planes beside it.

Contours of one plane whose boxes overlap are one part: an outline and its holes. A part has as its
own what lies nearer to its plane than to the next plane on which something overlaps it: components
that were drawn on different planes do not cut each other short.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.outlines import connected

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    from rtstruct.geometry.outlines import Outlines

    Floats: TypeAlias = NDArray[np.float64]
    Integers: TypeAlias = NDArray[np.int64]

# A distance between planes that is wider than this, by the usual one, is a gap.
GAP = 1.5
# Further than this no contour is taken for the continuation of another.
LONGEST_GAP = 8  # planes, or usual distances between planes
# A structure goes on across a gap if this share of the smaller of two contours' boxes is common.
CONTINUES = 0.5
# More pairs of parts on neighbouring planes are not compared: the planes' own boxes are.
MOST_PAIRS = 4_000_000


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts, in the order of their planes."""

    part: Integers
    """(contours,) part of each."""
    plane: Integers
    """(parts,) ascending."""
    boxes: Floats
    """(parts, 4) left, top, right, bottom."""
    above: Integers
    """(parts,) the next plane on which something overlaps it, -1 if there is none."""
    below: Integers
    """(parts,)"""


def find_parts(outlines: Outlines) -> Parts:
    """Join contours, at least one, of one plane whose boxes overlap."""
    if len(outlines.pairs[0]) == 0:
        order = np.argsort(outlines.plane, kind="stable")
        part = np.empty(len(order), dtype=np.int64)
        part[order] = np.arange(len(order))
        return _beside_others(part, outlines.plane[order], outlines.boxes[order])
    group = connected(len(outlines.counts), *outlines.pairs)
    names, part = np.unique(group, return_inverse=True)
    order = np.argsort(outlines.plane[names], kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    part, plane = rank[part], outlines.plane[names][order]
    boxes = np.empty((len(plane), 4))
    boxes[:, :2], boxes[:, 2:] = np.inf, -np.inf
    np.minimum.at(boxes[:, :2], part, outlines.boxes[:, :2])
    np.maximum.at(boxes[:, 2:], part, outlines.boxes[:, 2:])
    return _beside_others(part, plane, boxes)


def _beside_others(part: Integers, plane: Integers, boxes: Floats) -> Parts:
    """Parts, ascending by plane, with the planes above and below them."""
    above = _next_plane(plane, boxes)
    last = plane[-1]
    if len(plane) == last + 1 and np.array_equal(above[:-1], plane[1:]):
        # One part on each plane, each beside the next.
        return Parts(part, plane, boxes, above, plane - 1)
    below = _next_plane(last - plane[::-1], boxes[::-1])[::-1]
    return Parts(part, plane, boxes, above, np.where(below >= 0, last - below, -1))


def _next_plane(plane: Integers, boxes: Floats) -> Integers:
    """(parts,) the nearest plane above on which a box overlaps, -1 if there is none."""
    found = np.full(len(plane), -1, dtype=np.int64)
    if len(plane) == plane[-1] + 1:
        # One part on each plane.
        meets = _meet(boxes[:-1], boxes[1:])
        found[:-1][meets] = plane[1:][meets]
        if meets.all():
            return found
    begins = np.searchsorted(plane, plane + 1, side="left")
    ends = np.searchsorted(plane, plane + 1, side="right")
    pairs = ends - begins
    if pairs.sum() <= MOST_PAIRS:
        one = np.repeat(np.arange(len(plane)), pairs)
        other = np.repeat(begins - (np.cumsum(pairs) - pairs), pairs) + np.arange(len(one))
        meets = _meet(boxes[one], boxes[other])
        found[one[meets]] = plane[one[meets]] + 1
    else:
        found[pairs > 0] = plane[pairs > 0] + 1
    for part in np.flatnonzero(found < 0):
        first = ends[part]
        last = np.searchsorted(plane, plane[part] + LONGEST_GAP, side="right")
        meets = _meet(boxes[part], boxes[first:last])
        if meets.any():
            found[part] = plane[first + int(np.argmax(meets))]
    return found


def _meet(one: Floats, other: Floats) -> NDArray[np.bool_]:
    overlap = (one[..., :2] <= other[..., 2:]) & (other[..., :2] <= one[..., 2:])
    return np.asarray(overlap.all(axis=-1))


@dataclass(frozen=True, eq=False)
class Slabs:
    """What lies nearest to each part, as distances from its plane, in the unit of the positions."""

    spacing: float
    """Usual distance between planes; nan if no part has another above it."""
    usual: float
    """The same, or the thickness of what is alone."""
    above: Floats
    """(parts,) distance to the next part above; nan if there is none."""
    goes_on: NDArray[np.bool_]
    """(parts,) whether there is a gap above that the structure goes on across."""
    up: Floats
    """(parts,) half-open: what lies exactly half way belongs to the part above."""
    down: Floats
    drawn_up: Floats
    """(parts,) as ``up``, but as thick as the structure is if it goes on across gaps."""
    drawn_down: Floats


def own_slabs(parts: Parts, positions: Floats, alone: float) -> Slabs:
    """Share the space along the normal out among parts.

    Parameters
    ----------
    positions
        (planes,) along the normal, ascending.
    alone
        Thickness of a part where none has a plane above or below.
    """
    here = positions[parts.plane]
    above = np.where(parts.above >= 0, positions[parts.above] - here, np.nan)
    below = np.where(parts.below >= 0, here - positions[parts.below], np.nan)
    known = above[np.isfinite(above)]
    spacing = float(np.sort(known)[(len(known) - 1) // 2]) if len(known) else float("nan")
    usual = spacing if len(known) else alone
    goes_on = _goes_on(parts, above, usual)
    goes_on_below = np.zeros(len(here), dtype=bool)
    if goes_on.any():
        goes_on_below = _goes_on(parts, below, usual, down=True)
    up, drawn_up = _half(above, below, goes_on, usual)
    down, drawn_down = _half(below, above, goes_on_below, usual)
    return Slabs(spacing, usual, above, goes_on, up, down, drawn_up, drawn_down)


def _goes_on(
    parts: Parts, distance: Floats, usual: float, *, down: bool = False
) -> NDArray[np.bool_]:
    """(parts,) whether there is a gap to the next part, and the structure goes on across it."""
    found = np.zeros(len(distance), dtype=bool)
    with np.errstate(invalid="ignore"):
        wide = (distance > GAP * usual) & (distance <= LONGEST_GAP * usual)
    goals = parts.below if down else parts.above
    for part in np.flatnonzero(wide):
        first, last = np.searchsorted(parts.plane, [goals[part], goals[part] + 1])
        one, other = parts.boxes[part], parts.boxes[first:last]
        common = np.minimum(one[2:], other[:, 2:]) - np.maximum(one[:2], other[:, :2])
        shared = np.clip(common, 0, None).prod(axis=1)
        sizes = np.minimum((one[2:] - one[:2]).prod(), (other[:, 2:] - other[:, :2]).prod(axis=1))
        found[part] = bool((shared > CONTINUES * sizes).any())
    return found


def _half(
    distance: Floats, behind: Floats, goes_on: NDArray[np.bool_], usual: float
) -> tuple[Floats, Floats]:
    """(parts,) how far each reaches on one side, and how far it was drawn to reach."""
    # At an end a part reaches as far as on its other side, but never further than is usual.
    end = np.where(np.isnan(behind), usual, np.minimum(behind, usual)) / 2
    ends = np.isnan(distance)
    near = np.where(ends, 0, distance) / 2
    reach = np.where(ends, end, np.minimum(near, GAP * usual / 2))
    is_gap = ~ends & (near > GAP * usual / 2) & ~goes_on
    drawn = np.where(ends, end, np.where(is_gap, usual / 2, near))
    return reach, drawn
