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
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

_SEPARATOR: Final = ord("\\")
_AT_ONCE: Final = 1 << 22
"""Bytes of Contour Data looked at together: their separators take eight times as much."""
_MASKS: Final = np.array([(1 << 8 * size) - 1 for size in range(9)], dtype=np.uint64)
"""The lowest so many bytes of a word."""
_COMPARED: Final = 16
"""Bytes of a number that are compared; a Decimal String has no more."""


class Heights(NamedTuple):
    """Of some contours; infinite the wrong way round where there is no finite height."""

    point_count: int
    z_min_mm: float
    z_max_mm: float


def heights(data: bytes, contours: Sequence[tuple[int, int]]) -> Iterator[Heights]:
    """Yield the heights of contours, some at a time.

    Parameters
    ----------
    data
        Bytes that hold the contours.
    contours
        Start and end of each one's Contour Data, of at least a byte, in the order of ``data``.
    """
    begin = 0
    while begin < len(contours):
        end = begin + 1
        while end < len(contours) and contours[end][1] - contours[begin][0] <= _AT_ONCE:
            end += 1
        yield _heights(data, contours[begin:end])
        begin = end


def _heights(data: bytes, contours: Sequence[tuple[int, int]]) -> Heights:
    base = contours[0][0]
    text = data[base : contours[-1][1]]
    ranges = np.array(contours, dtype=np.int64) - base
    starts, ends = _third_numbers(text, ranges[:, 0], ranges[:, 1])
    z_min_mm, z_max_mm = math.inf, -math.inf
    which = _changes(text, starts, ends)
    for number in {text[i:j] for i, j in zip(starts[which], ends[which], strict=True)}:
        z = decimal(number)
        if z is not None:
            z_min_mm, z_max_mm = min(z_min_mm, z), max(z_max_mm, z)
    return Heights(len(starts), z_min_mm, z_max_mm)


def _third_numbers(text: bytes, begin: Integers, end: Integers) -> tuple[Integers, Integers]:
    """Start and end of every third number of each contour."""
    marks = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == _SEPARATOR)
    first = np.searchsorted(marks, begin)
    points = (np.searchsorted(marks, end) - first + 1) // 3
    # Of a contour's numbers 0, 1, 2, 3 ... number 3 n + 2 lies behind separator 3 n + 1.
    before = np.cumsum(points) - points
    behind = 3 * np.arange(points.sum()) + np.repeat(first - 3 * before, points) + 1
    closing = np.append(marks, len(text))[behind + 1]
    return marks[behind] + 1, np.minimum(closing, np.repeat(end, points))


def _changes(text: bytes, starts: Integers, ends: Integers) -> Integers:
    """Which of these parts of a text differ from the one before; the first one does."""
    if not len(starts):
        return starts
    padded = text + bytes(_COMPARED)
    words = np.ndarray(len(padded) - 7, dtype="<u8", buffer=padded, strides=(1,))
    sizes = ends - starts
    low = words[starts] & _MASKS[np.minimum(sizes, 8)]
    high = words[starts + 8] & _MASKS[np.clip(sizes - 8, 0, 8)]
    differs = sizes > _COMPARED
    differs[1:] |= (low[1:] != low[:-1]) | (high[1:] != high[:-1]) | (sizes[1:] != sizes[:-1])
    differs[0] = True
    return np.flatnonzero(differs)
