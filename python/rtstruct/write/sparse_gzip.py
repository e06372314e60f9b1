"""Compress mostly empty data in a time that follows the content, not the emptiness.

The result is one ordinary gzip member (RFC 1952), the same bytes for the same data. Long runs of
zeros are ready-made DEFLATE blocks (RFC 1951), each complete in itself; their part of the checksum
is computed from their length alone.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ZERO_BLOCKS = (1 << 24, 1 << 20, 1 << 16, 1 << 12)
SMALLEST_BLOCK = ZERO_BLOCKS[-1]
LEVEL = 6
# No file name, no time: same data, same bytes.
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK = b"\x03\x00"
_CRC_POLYNOMIAL = 0xEDB88320
_ONE = 1 << 31


def sparse_gzip(pieces: Iterable[tuple[int, bytes | memoryview]], length: int) -> bytes:
    """Return a gzip member of ``length`` bytes that are zero outside ``pieces``.

    Parameters
    ----------
    pieces
        Position and content, in ascending order, without overlap.
    """
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    parts = [_HEADER]
    crc = position = 0
    for start, content in (*pieces, (length, b"")):
        blocks, rest = divmod(start - position, SMALLEST_BLOCK)
        if blocks:
            # After a full flush the next block starts on a byte and looks back at nothing.
            parts.append(compressor.flush(zlib.Z_FULL_FLUSH))
            parts += _zero_blocks(blocks * SMALLEST_BLOCK)
            crc = _crc_of_more_zeros(crc, blocks * SMALLEST_BLOCK)
        filler = bytes(rest)
        parts.append(compressor.compress(filler))
        parts.append(compressor.compress(content))
        crc = zlib.crc32(content, zlib.crc32(filler, crc))
        position = start + len(content)
    parts.append(compressor.flush(zlib.Z_FULL_FLUSH))
    parts.append(_LAST_BLOCK)
    parts.append(struct.pack("<II", crc, length & 0xFFFFFFFF))
    return b"".join(parts)


def _zero_blocks(length: int) -> list[bytes]:
    blocks = []
    for size in ZERO_BLOCKS:
        count, length = divmod(length, size)
        blocks += [_zero_block(size)] * count
    return blocks


@lru_cache(maxsize=len(ZERO_BLOCKS))
def _zero_block(size: int) -> bytes:
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(bytes(size)) + compressor.flush(zlib.Z_FULL_FLUSH)


def _crc_of_more_zeros(crc: int, count: int) -> int:
    """CRC-32 of data followed by ``count`` zeros: the register times x to the 8 * count."""
    return _multiply(_power(count), crc ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


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
    """Product of two polynomials over GF(2) modulo the CRC's; bit 31 is the constant term."""
    product = 0
    for shift in range(31, -1, -1):
        if one >> shift & 1:
            product ^= other
        other = other >> 1 ^ (_CRC_POLYNOMIAL if other & 1 else 0)
    return product
