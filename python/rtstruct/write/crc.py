"""CRC-32 of masks, computed from their runs.

The checksum is linear over GF(2): a byte counts as its own checksum times a power of x that says
how many bytes follow. So rows of voxels are summed up by table, and neighbours combined two by two.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from zlib_ng.zlib_ng import crc32_combine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.spans import Spans

_ALL = 0xFFFFFFFF
# So many are put together one by one as fast as two by two.
_FEW = 32


def of_more_zeros(crc: int, count: int) -> int:
    """CRC-32 of data with checksum ``crc`` followed by ``count`` zeros."""
    return _shifted(crc ^ _ALL, count) ^ _ALL


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
    while len(sums) > _FEW:
        sums = _times(sums[0::2], follow) ^ sums[1::2]
        follow *= 2
    total = 0
    for each in sums.tolist():
        total = _shifted(total, follow) ^ each
    return _shifted(total, (slices * rows - 1 - last_row) * columns)


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
    table = np.zeros((4, 256), dtype=np.uint32)
    for bit in range(32):
        byte, step = bit // 8, 1 << bit % 8
        table[byte, step : 2 * step] = table[byte, :step] ^ np.uint32(_shifted(1 << bit, count))
    return table


def _shifted(crc: int, count: int) -> int:
    """The checksum ``crc``, without inversions, of data with ``count`` zeros behind it."""
    return int(crc32_combine(crc, 0, count))
