"""Compress a mask straight from its runs: one ordinary gzip member, no voxel ever written out.

A mask is runs of zeros and ones. In DEFLATE (RFC 1951) a run is one literal and then matches at
distance 1, of 258 bytes each but the last. With a Huffman code that gives the match of 258 bytes
the code 0, all of a long run but its two ends is zero bits: what remains to be done is to compute
where the ends lie and to set their bits, for all runs at once. Time and memory follow the surface
of the structure, whatever the size of the image. The same mask gives the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.write import crc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.spans import Spans

# RFC 1952: no file name, no time, unknown system.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
LONGEST_MATCH = 258
LITERAL_BITS = 3
# RFC 1951 section 3.2.5: first length and extra bits of the symbols 257 to 284.
_FIRST_LENGTHS = (
    *(3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31),
    *(35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227),
)
_EXTRA_BITS = (0,) * 8 + (1,) * 4 + (2,) * 4 + (3,) * 4 + (4,) * 4 + (5,) * 4
_END_OF_BLOCK = 256
# Bits of the Huffman code of each symbol in use. The code is complete: the shares 2 ** -bits of
# literals 0 and 1, end of block, lengths, and the match of 258 bytes sum up to 1.
_SIX_BITS = (265, 269, 273)
_CODE_BITS = {
    0: LITERAL_BITS,
    1: LITERAL_BITS,
    **{symbol: 6 if symbol in _SIX_BITS else 7 for symbol in range(_END_OF_BLOCK, 285)},
    285: 1,
}


def gzip_mask(prefix: bytes, mask: Spans) -> bytes:
    """Return a gzip member of ``prefix`` (shorter than 64 KiB) and a byte a voxel, 1 inside."""
    length = int(np.prod(mask.shape))
    checksum = crc.of_more_zeros(zlib.crc32(prefix), length) ^ crc.of_mask(mask)
    return b"".join(
        [
            _GZIP_HEADER,
            # A stored block that is not the last one.
            struct.pack("<BHH", 0, len(prefix), len(prefix) ^ 0xFFFF),
            prefix,
            _deflate_runs(_run_lengths(mask, length)),
            struct.pack("<II", checksum, (len(prefix) + length) & 0xFFFFFFFF),
        ]
    )


def _run_lengths(mask: Spans, length: int) -> NDArray[np.int64]:
    """Lengths of zeros, ones, zeros and so on; only the first and the last can be 0."""
    apart = mask.starts[1:] != mask.ends[:-1]
    starts = mask.starts[np.concatenate([[True], apart])] if len(mask.starts) else mask.starts
    ends = mask.ends[np.concatenate([apart, [True]])] if len(mask.ends) else mask.ends
    borders = np.empty(2 * len(starts) + 2, dtype=np.int64)
    borders[0], borders[-1] = 0, length
    borders[1:-1:2], borders[2:-1:2] = starts, ends
    return np.diff(borders)


def _deflate_runs(lengths: NDArray[np.int64]) -> bytes:
    """Return a last DEFLATE block of runs of zeros and ones in turn."""
    codes = _codes()
    value = np.arange(len(lengths)) & 1
    is_run = lengths > 0
    lengths, value = lengths[is_run], value[is_run]
    matches, rest = np.divmod(lengths - 1, LONGEST_MATCH)
    # A match of 258 bytes is two zero bits: its symbol, and distance 1.
    bits = LITERAL_BITS + 2 * matches + codes.rest_bits[value, rest]
    literals = codes.header_bits + np.cumsum(bits) - bits
    rests = literals + LITERAL_BITS + 2 * matches
    end = codes.header_bits + int(bits.sum())
    positions = np.concatenate([codes.header_positions, literals, rests, [end]])
    values = np.concatenate(
        [
            codes.header_words,
            codes.literals[value],
            codes.rests[value, rest],
            [codes.end_of_block],
        ]
    )
    return _pack(positions, values, end + _CODE_BITS[_END_OF_BLOCK])


def _pack(positions: NDArray[np.int64], values: NDArray[np.int64], bits: int) -> bytes:
    """Set the bits of each value (less than 2 ** 32) from its position on; nothing overlaps."""
    words = positions >> 5
    # Sums of bits that do not overlap stay below 2 ** 64, and exact in floating point as long as
    # the highest of them starts inside the word: 32 bits and the 13 of the longest code.
    shifted = values << (positions & 31)
    low = np.bincount(words, weights=shifted & 0xFFFFFFFF, minlength=(bits >> 5) + 2)
    high = np.bincount(words, weights=shifted >> 32, minlength=(bits >> 5) + 2)
    packed = low.astype(np.uint32)
    packed[1:] += high[:-1].astype(np.uint32)
    return packed.astype("<u4").tobytes()[: (bits + 7) // 8]


class _Codes:
    """Bits, first bit lowest, of everything that a block can hold."""

    def __init__(self) -> None:
        huffman = _canonical(_CODE_BITS)
        header, self.header_bits = _block_header()
        self.header_positions = np.arange(0, self.header_bits, 32)
        words = [header >> n & 0xFFFFFFFF for n in range(0, self.header_bits, 32)]
        self.header_words = np.array(words)
        self.end_of_block = huffman[_END_OF_BLOCK]
        self.literals = np.array([huffman[0], huffman[1]])
        self.rests = np.zeros((2, LONGEST_MATCH), dtype=np.int64)
        """(value, bytes left) how a run ends behind its literal and matches of 258 bytes."""
        self.rest_bits = np.zeros((2, LONGEST_MATCH), dtype=np.int64)
        for value in (0, 1):
            literal = huffman[value]
            self.rests[value, 1:3] = literal, literal | literal << LITERAL_BITS
            self.rest_bits[value, 1:3] = LITERAL_BITS, 2 * LITERAL_BITS
            for symbol, first, extra in zip(
                range(257, 285), _FIRST_LENGTHS, _EXTRA_BITS, strict=True
            ):
                own = _CODE_BITS[symbol]
                # Behind the symbol its extra bits, then distance 1: one zero bit.
                for step in range(min(1 << extra, LONGEST_MATCH - first)):
                    self.rests[value, first + step] = huffman[symbol] | step << own
                    self.rest_bits[value, first + step] = own + extra + 1


_codes = lru_cache(maxsize=1)(_Codes)


def _canonical(bits: dict[int, int]) -> dict[int, int]:
    """Huffman codes of given lengths (RFC 1951 section 3.2.2), first bit lowest."""
    codes, code, before = {}, 0, 0
    for symbol in sorted(bits, key=lambda symbol: (bits[symbol], symbol)):
        code <<= bits[symbol] - before
        before = bits[symbol]
        codes[symbol] = int(f"{code:0{before}b}"[::-1], 2)
        code += 1
    return codes


def _block_header() -> tuple[int, int]:
    """The head of a last block with an own Huffman code, and its bits (section 3.2.7)."""
    # How the lengths above are written themselves: their code, and repeats of zero (18).
    lengths_bits = {7: 1, 1: 3, 3: 3, 6: 3, 18: 3}
    lengths_code = _canonical(lengths_bits)
    order = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1)
    fields = [(1, 1), (2, 2), (286 - 257, 5), (0, 5), (len(order) - 4, 4)]
    fields += [(lengths_bits.get(symbol, 0), 3) for symbol in order]

    def length(bits: int) -> tuple[int, int]:
        return lengths_code[bits], lengths_bits[bits]

    fields += [length(LITERAL_BITS), length(LITERAL_BITS)]
    # Literals 2 to 255 are not used: 138 + 116 times zero.
    fields += [length(18), (138 - 11, 7), length(18), (116 - 11, 7)]
    fields += [length(_CODE_BITS[symbol]) for symbol in range(_END_OF_BLOCK, 286)]
    # The only distance, 1, has a code of one bit.
    fields.append(length(1))
    header = position = 0
    for value, bits in fields:
        header |= value << position
        position += bits
    return header, position
