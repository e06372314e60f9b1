"""CRC-32 of masks, computed from their runs.

The checksum is linear over GF(2): a byte counts as its own checksum times a power of x that says
how many bytes follow. So rows of voxels are summed up by table, and neighbours combined two by two.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.spans import Spans

_POLYNOMIAL = 0xEDB88320
_ONE = 1 << 31
_ALL = 0xFFFFFFFF


def of_more_zeros(crc: int, count: int) -> int:
    """CRC-32 of data with checksum ``crc`` followed by ``count`` zeros."""
    return _multiply(_power(count), crc ^ _ALL) ^ _ALL


def of_mask(mask: Spans) -> int:
    """What the ones of a mask add to the checksum of as many zeros (exclusive or)."""
    if len(mask.starts) == 0:
        return 0
    slices, rows, columns = mask.shape
    row = mask.starts // columns
    ones = _ones(columns)
    ends = (row + 1) * columns
    of_runs = ones[ends - mask.starts] ^ ones[ends - mask.ends]
    first = np.flatnonzero(np.concatenate([[True], row[1:] != row[:-1]]))
    last_row = int(row[-1])
    # Rows in front of the first one count nothing: they fill up to a power of two.
    count = 1 << (last_row - int(row[0])).bit_length()
    sums = np.zeros(count, dtype=np.uint32)
    sums[row[first] - last_row - 1] = np.bitwise_xor.reduceat(of_runs, first)
    follow = columns
    while len(sums) > 1:
        sums = _times(sums[0::2], follow) ^ sums[1::2]
        follow *= 2
    return _multiply(_power((slices * rows - 1 - last_row) * columns), int(sums[0]))


@lru_cache(maxsize=8)
def _ones(longest: int) -> NDArray[np.uint32]:
    """(longest + 1,) checksum of so many ones, without the inversions at both ends."""
    checksums, crc = [0], _ALL
    for _ in range(longest):
        crc = zlib.crc32(b"\1", crc)
        checksums.append(crc ^ _ALL)
    return np.array(checksums, dtype=np.uint32)


def _times(crcs: NDArray[np.uint32], count: int) -> NDArray[np.uint32]:
    """Multiply each by x to the 8 * count."""
    table = _table(count)
    product: NDArray[np.uint32] = table[0][crcs & 0xFF]
    for byte in (1, 2, 3):
        product ^= table[byte][crcs >> (8 * byte) & 0xFF]
    return product


@lru_cache(maxsize=256)
def _table(count: int) -> NDArray[np.uint32]:
    """(4, 256) product of x to the 8 * count with each value of each byte."""
    power = _power(count)
    table = np.zeros((4, 256), dtype=np.uint32)
    for bit in range(32):
        byte, step = bit // 8, 1 << bit % 8
        table[byte, step : 2 * step] = table[byte, :step] ^ np.uint32(_multiply(power, 1 << bit))
    return table


@lru_cache(maxsize=4096)
def _power(count: int) -> int:
    """x to the 8 * count modulo the polynomial, by squaring."""
    result, square = _ONE, 1 << 23
    while count:
        if count & 1:
            result = _multiply(square, result)
        square = _multiply(square, square)
        count >>= 1
    return result


def _multiply(one: int, other: int) -> int:
    """Product of two polynomials modulo the CRC's; bit 31 is the constant term."""
    product = 0
    while one:
        if one & _ONE:
            product ^= other
        one = one << 1 & _ALL
        other = other >> 1 ^ (_POLYNOMIAL if other & 1 else 0)
    return product
