"""Contours that were stored twice or nearly so, and contours that overlap: what is inside them.

A hole lies wholly inside its outline. Contours that cover nearly the same area are copies of one,
and contours that cross each other are strokes of one structure: neither are holes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from rtstruct.geometry.outlines import Outlines, connected, exact_areas

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    Integers: TypeAlias = NDArray[np.int64]

Overlap = Literal["union", "even-odd"]

# Of two copies no more than this is covered by one alone: a wall, however thin, is more, or wider.
COPY_DIFFERENCE = 0.1  # of the larger contour's area
# Nested contours that are nearer than this on average are copies; those that cross may be further.
COPY_DISTANCE = 0.25  # of a pixel
# Of what only one of two contours encloses so much is the smaller one's if they cross.
HOLE = 0.05
# Less is a contour that touches another.
SLIGHT_OVERLAP = 0.02  # of the smaller contour's area
# Less encloses nothing.
SLIVER = 1e-3  # of a pixel's area
# A line drawn there and back encloses as much as rounding to a tenth of a millimetre opens it.
THIN = 0.1  # of a pixel, on average across


def find_copies(outlines: Outlines) -> Integers:
    """Return the numbers of the contours that repeat an earlier one, ascending."""
    first, second = _alike(outlines)
    if len(first) == 0:
        return first
    alone, difference = _differences(outlines, first, second)
    around = (outlines.perimeters[first] + outlines.perimeters[second]) / 2
    near = difference <= COPY_DISTANCE * around
    # Of the smaller one nothing lies outside the other if it is a hole.
    outside = (difference - np.abs(np.diff(alone, axis=1)[:, 0])) / 2
    crosses = outside > HOLE * difference
    copies = (difference <= COPY_DIFFERENCE * alone.max(axis=1)) & (near | crosses)
    group = connected(len(outlines.counts), first[copies], second[copies])
    return np.flatnonzero(group != np.arange(len(group)))


def _alike(outlines: Outlines) -> tuple[Integers, Integers]:
    """Pairs that may be copies: the sides of their boxes differ by little, so do their areas."""
    first, second = outlines.pairs
    if len(first) == 0:
        return first, second
    boxes = outlines.boxes
    size = boxes[:, 2:] - boxes[:, :2]
    allowed = 2 + COPY_DIFFERENCE * np.maximum(size[first], size[second]).max(axis=1)
    apart = np.abs(boxes[first] - boxes[second]).max(axis=1)
    smaller = np.minimum(size[first].prod(axis=1), size[second].prod(axis=1))
    larger = np.maximum(size[first].prod(axis=1), size[second].prod(axis=1))
    alike = (apart <= allowed) & (smaller >= (1 - 3 * COPY_DIFFERENCE) * larger)
    first, second = first[alike], second[alike]
    areas = outlines.areas
    low, high = np.minimum(areas[first], areas[second]), np.maximum(areas[first], areas[second])
    # What crosses itself has a smaller area by the shoelace formula, whichever copy it is of.
    alike = low >= (1 - 1.5 * COPY_DIFFERENCE) * high
    return first[alike], second[alike]


def _differences(
    outlines: Outlines, first: Integers, second: Integers
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of pairs: (pairs, 2) area of each, and (pairs,) area that only one of the two encloses."""
    pair = np.arange(len(first))
    numbers = np.column_stack([first, second]).ravel()
    difference = exact_areas(outlines.pick(numbers, np.repeat(pair, 2)), len(pair))
    which, place = np.unique(numbers, return_inverse=True)
    areas = exact_areas(outlines.pick(which, np.arange(len(which))), len(which))
    return areas[place].reshape(-1, 2), difference


@dataclass(frozen=True, eq=False)
class Strokes:
    """Contours that overlap each other, neither nested nor copies."""

    contours: Integers
    """Their numbers, ascending."""
    group: Integers
    """(contours,) what overlaps belongs to one group, named by its first contour."""


def find_strokes(outlines: Outlines, areas: NDArray[np.float64]) -> Strokes:
    """Find contours that overlap in part.

    Parameters
    ----------
    areas
        (planes,) even-odd area of each.
    """
    first, second = outlines.pairs
    if len(first) == 0:
        return Strokes(first, first)
    some = np.isin(outlines.plane[first], _not_nested(outlines, areas))
    first, second = first[some], second[some]
    if len(first):
        alone, difference = _differences(outlines, first, second)
        shared = (alone.sum(axis=1) - difference) / 2
        least = alone.min(axis=1)
        slight = SLIGHT_OVERLAP * least
        partial = (shared > slight) & (least - shared > slight)
        first, second = first[partial], second[partial]
    group = connected(len(outlines.counts), first, second)
    contours = np.union1d(first, second)
    return Strokes(contours, group[contours])


def _not_nested(outlines: Outlines, areas: NDArray[np.float64]) -> Integers:
    """Planes whose area is not that of outlines less their holes, going by their boxes."""
    first, second = outlines.pairs
    if len(first) == 0:
        return first
    boxes = outlines.boxes
    depth = np.zeros(len(outlines.counts), dtype=np.int64)
    for inner, outer in ((first, second), (second, first)):
        within = (boxes[inner, :2] >= boxes[outer, :2]) & (boxes[inner, 2:] <= boxes[outer, 2:])
        np.add.at(depth, inner[within.all(axis=1)], 1)
    expected = np.bincount(outlines.plane, outlines.areas * (1 - 2 * (depth % 2)), len(areas))
    smallest = np.full(len(areas), np.inf)
    np.minimum.at(smallest, outlines.plane, outlines.areas)
    return np.flatnonzero(np.abs(areas - expected) > SLIGHT_OVERLAP * smallest)


def unite(outlines: Outlines, strokes: Strokes) -> tuple[Outlines, Integers]:
    """Replace each group of strokes by trapezoids that tile its union.

    Returns
    -------
    outlines
        What is no stroke, then the trapezoids.
    origin
        (contours,) of which contour each is, or of which the group is named.
    """
    others = np.setdiff1d(np.arange(len(outlines.counts)), strokes.contours)
    drawn = outlines.pick(strokes.contours, strokes.group)
    pieces = drawn.pieces()
    contour = np.repeat(np.arange(len(drawn.counts)), drawn.counts)[pieces.edge]
    strip = np.concatenate([[0], np.cumsum(np.diff(pieces.top + 0.0) != 0)])
    strip += np.concatenate([[0], np.cumsum(np.diff(pieces.plane) != 0)])
    # From left to right every other edge of a contour leaves it again, by the even-odd rule.
    order = np.lexsort((np.arange(len(contour)), contour, strip))
    fresh = np.concatenate([[True], (np.diff(strip[order]) != 0) | (np.diff(contour[order]) != 0)])
    position = np.arange(len(order))
    nth = position - np.maximum.accumulate(np.where(fresh, position, 0))
    step = np.empty(len(order), dtype=np.int64)
    step[order] = 1 - 2 * (nth % 2)
    inside = np.cumsum(step)
    begins = np.flatnonzero((inside > 0) & (inside - step == 0))
    ends = np.flatnonzero((inside == 0) & (step < 0))
    column = np.column_stack(
        [
            pieces.column_at_top[begins],
            pieces.column_at_top[ends],
            pieces.column_at_bottom[ends],
            pieces.column_at_bottom[begins],
        ]
    )
    row = np.column_stack([pieces.top[begins]] * 2 + [pieces.bottom[begins]] * 2)
    origin = pieces.plane[begins]
    kept = outlines.pick(others)
    united = Outlines(
        np.concatenate([kept.column, column.ravel()]),
        np.concatenate([kept.row, row.ravel()]),
        np.concatenate([kept.counts, np.full(len(begins), 4, dtype=np.int64)]),
        np.concatenate([kept.plane, outlines.plane[origin]]),
    )
    return united, np.concatenate([others, origin])
