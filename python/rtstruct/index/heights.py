"""How many points contours have and between which heights they lie, without reading all numbers.

A planar contour writes the same third coordinate at every point: as text it is compared with the
one before, eight bytes at a time, and only where it differs it is read as a number.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from rtstruct.dicom.numbers import decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

_SEPARATOR: Final = ord("\\")
_AT_ONCE: Final = 1 << 17
"""Bytes of Contour Data looked at together: what is made of so few stays in the caches."""
_MASKS: Final = np.array([(1 << 8 * size) - 1 for size in range(9)], dtype=np.uint64)
"""The lowest so many bytes of a word."""
_COMPARED: Final = 16
"""Bytes of a number that are compared; a Decimal String has no more."""


class Heights(NamedTuple):
    """Of some contours; infinite the wrong way round where there is no finite height."""

    point_count: int
    z_min_mm: float
    z_max_mm: float


def heights(data: bytes, groups: Sequence[Sequence[tuple[int, int]]]) -> list[Heights]:
    """Return the heights of each group of contours.

    Parameters
    ----------
    data
        Bytes that hold the contours.
    groups
        Start and end of each contour's Contour Data, of at least a byte.
    """
    contours = sorted((*each, group) for group, each_of in enumerate(groups) for each in each_of)
    counts = np.zeros(len(groups), dtype=np.int64)
    low, high = [math.inf] * len(groups), [-math.inf] * len(groups)
    begin = 0
    while begin < len(contours):
        end = begin + 1
        while end < len(contours) and contours[end][1] - contours[begin][0] <= _AT_ONCE:
            end += 1
        for group, number in _written(data, contours[begin:end], counts):
            z = decimal(number)
            if z is not None:
                low[group], high[group] = min(low[group], z), max(high[group], z)
        begin = end
    return list(map(Heights, counts.tolist(), low, high))


def _written(
    data: bytes, contours: Sequence[tuple[int, int, int]], counts: Integers
) -> set[tuple[int, bytes]]:
    """Return heights as they are written, each with its group; adds to the points of the groups.

    ``contours`` have a start, an end and a group, and are in the order of ``data``.
    """
    base = contours[0][0]
    text = data[base : contours[-1][1]] + bytes([_SEPARATOR, *bytes(_COMPARED)])
    begin, end, groups = np.array(contours, dtype=np.int64).T
    starts, ends, points = _third_numbers(text, begin - base, end - base)
    np.add.at(counts, groups, points)
    behind = np.cumsum(points)
    which = _changes(text, starts, ends, (behind - points)[points > 0])
    of = groups[np.searchsorted(behind, which, side="right")]
    numbers = zip(of.tolist(), starts[which].tolist(), ends[which].tolist(), strict=True)
    return {(group, text[i:j]) for group, i, j in numbers}


def _third_numbers(
    text: bytes, begin: Integers, end: Integers
) -> tuple[Integers, Integers, Integers]:
    """Start and end of every third number of each contour, and how many each one has."""
    marks = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == _SEPARATOR)
    first = np.searchsorted(marks, begin)
    points = (np.searchsorted(marks, end) - first + 1) // 3
    behind = np.cumsum(points)
    # Of a contour's numbers 0, 1, 2, 3 ... number 3 n + 2 lies behind separator 3 n + 1.
    before = np.repeat(first - 3 * (behind - points) + 1, points)
    before += 3 * np.arange(len(before))
    starts = marks[before] + 1
    before += 1
    ends = marks[before]
    # Nothing separates a contour's last number from what is not of it.
    has_points = points > 0
    last = behind[has_points] - 1
    ends[last] = np.minimum(ends[last], end[has_points])
    return starts, ends, points


def _changes(text: bytes, starts: Integers, ends: Integers, first: Integers) -> Integers:
    """Which of these parts of a text differ from the one before; ``first`` are taken to."""
    words = np.ndarray(len(text) - 7, dtype="<u8", buffer=text, strides=(1,))
    sizes = ends - starts
    differs = np.zeros(len(starts), dtype=bool)
    differs[first] = True
    differs[1:] |= sizes[1:] != sizes[:-1]
    longest = int(sizes.max(initial=0))
    for skipped in range(0, min(longest, _COMPARED), 8):
        part = words[starts + skipped] & _MASKS[np.clip(sizes - skipped, 0, 8)]
        differs[1:] |= part[1:] != part[:-1]
    if longest > _COMPARED:
        differs |= sizes > _COMPARED
    return np.flatnonzero(differs)
