"""Closed contours by the planes they lie on, in pixels: their boxes, areas, and who overlaps whom.

Pixels are those of the image, seen along the normal of its slices, so that areas on planes that are
tilted against the slices are those of their shadows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.strips import Edges, cut

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    from rtstruct.geometry.strips import Pieces

    Floats: TypeAlias = NDArray[np.float64]
    Integers: TypeAlias = NDArray[np.int64]


MEASURED = {"starts", "boxes", "areas", "perimeters"}
"""What does not depend on the planes."""


@dataclass(frozen=True, eq=False)
class Outlines:
    """Contours, each of at least one point, closed by the edge from its last point to its first."""

    column: Floats
    """(points,)"""
    row: Floats
    """(points,)"""
    counts: Integers
    """(contours,) number of points of each."""
    plane: Integers
    """(contours,) of which plane, or of which other group, each is a part."""

    @cached_property
    def starts(self) -> Integers:
        """(contours,) first point of each."""
        return np.cumsum(self.counts) - self.counts

    @cached_property
    def boxes(self) -> Floats:
        """(contours, 4) left, top, right, bottom."""
        if len(self.counts) == 0:
            return np.empty((0, 4))
        low, high = np.minimum.reduceat, np.maximum.reduceat
        sides = [f(x, self.starts) for f in (low, high) for x in (self.column, self.row)]
        return np.column_stack(sides)

    @cached_property
    def areas(self) -> Floats:
        """(contours,) by the shoelace formula: right for keyholes, not for what crosses itself."""
        if len(self.counts) == 0:
            return np.empty(0)
        # Relative to the first point: far from the origin the products would cancel to noise.
        column = self.column - np.repeat(self.column[self.starts], self.counts)
        row = self.row - np.repeat(self.row[self.starts], self.counts)
        products = np.empty(len(column))
        products[:-1] = column[:-1] * row[1:] - column[1:] * row[:-1]
        # The edge back to the first point, where column and row are 0, adds nothing.
        products[self.starts + self.counts - 1] = 0
        return np.asarray(np.abs(np.add.reduceat(products, self.starts)) / 2)

    @cached_property
    def perimeters(self) -> Floats:
        """(contours,) mm around each."""
        if len(self.counts) == 0:
            return np.empty(0)
        following = self.following
        steps = np.hypot(self.column[following] - self.column, self.row[following] - self.row)
        return np.asarray(np.add.reduceat(steps, self.starts))

    @property
    def following(self) -> Integers:
        """(points,) the next point of the same contour."""
        following = np.arange(1, len(self.row) + 1)
        following[self.starts + self.counts - 1] = self.starts
        return following

    def on(self, plane: Integers, *, same_pairs: bool = False) -> Outlines:
        """The same contours on other planes; what was measured of them stays.

        Parameters
        ----------
        same_pairs
            Whether contours whose boxes overlap share a plane as before, and no others do.
        """
        same = Outlines(self.column, self.row, self.counts, plane)
        kept = MEASURED | {"pairs"} if same_pairs else MEASURED
        measured = {name: value for name, value in vars(self).items() if name in kept}
        vars(same).update(measured)
        return same

    def pick(self, contours: Integers, plane: Integers | None = None) -> Outlines:
        """Some contours, by number and as often as they are named, on planes of their own."""
        counts = self.counts[contours]
        points = np.repeat(self.starts[contours] - (np.cumsum(counts) - counts), counts)
        points += np.arange(len(points))
        planes = self.plane[contours] if plane is None else plane
        return Outlines(self.column[points], self.row[points], counts, planes)

    @cached_property
    def pairs(self) -> tuple[Integers, Integers]:
        """Each two contours (first < second) of one plane whose boxes overlap."""
        return overlapping_boxes(self.plane, self.boxes)

    def pieces(self) -> Pieces:
        """Cut the planes into strips; ``edge`` of a piece is the point where its edge begins."""
        following = self.following
        down = self.row[following] < self.row
        ends = (
            np.where(down, self.column[following], self.column),
            np.where(down, self.row[following], self.row),
            np.where(down, self.column, self.column[following]),
            np.where(down, self.row, self.row[following]),
        )
        return cut(Edges(*ends, plane=np.repeat(self.plane, self.counts)))


def even_odd_areas(outlines: Outlines, planes: int) -> Floats:
    """Return the (planes,) even-odd area of each.

    Exact but for a contour that is alone on its plane and crosses itself.
    """
    areas = np.zeros(planes)
    alone = (np.bincount(outlines.plane, minlength=planes) == 1)[outlines.plane]
    if alone.any():
        np.add.at(areas, outlines.plane[alone], outlines.areas[alone])
    if not alone.all():
        areas += exact_areas(outlines.pick(np.flatnonzero(~alone)), planes)
    return areas


def exact_areas(outlines: Outlines, planes: int) -> Floats:
    """As :func:`even_odd_areas`, exact for every contour."""
    pieces = outlines.pieces()
    width = np.diff(pieces.column_at_top + pieces.column_at_bottom)[::2] / 2
    area = width * (pieces.bottom - pieces.top)[::2]
    return np.bincount(pieces.plane[::2], weights=area, minlength=planes).astype(np.float64)


def overlapping_boxes(plane: Integers, boxes: Floats) -> tuple[Integers, Integers]:
    """Return each two numbers (first < second) whose planes are one and whose boxes overlap."""
    order = np.lexsort((boxes[:, 0], plane))
    plane, sorted_boxes = plane[order], boxes[order]
    left, top, right, bottom = sorted_boxes.T
    first, second = [order[:0]], [order[:0]]
    # Sorted by their left sides: whose box begins behind the end of this one, and all after it, do
    # not overlap it.
    here = np.arange(len(order))
    step = 0
    while True:
        step += 1
        here = here[here + step < len(order)]
        there = here + step
        near = (plane[there] == plane[here]) & (left[there] <= right[here])
        here, there = here[near], there[near]
        if len(here) == 0:
            break
        meets = (top[there] <= bottom[here]) & (top[here] <= bottom[there])
        first.append(order[here[meets]])
        second.append(order[there[meets]])
    one, other = np.concatenate(first), np.concatenate(second)
    return np.minimum(one, other), np.maximum(one, other)


def connected(count: int, first: Integers, second: Integers) -> Integers:
    """Return (count,) the smallest number that each is tied to, by pairs of numbers."""
    group = np.arange(count)
    while True:
        low = np.minimum(group[first], group[second])
        before = group.copy()
        np.minimum.at(group, first, low)
        np.minimum.at(group, second, low)
        group = group[group]
        if np.array_equal(group, before):
            return group
