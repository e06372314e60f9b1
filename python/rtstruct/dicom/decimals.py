"""Numbers written as text (VR DS): hundreds of thousands of them in one structure set.

All numbers are read together, eight digits at a time: three multiplications add up the digits of
a word of eight bytes (to pairs, then pairs to fours, then fours to eights).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SEPARATOR, _POINT, _MINUS = b"\\.-"
_MOST_DIGITS = 8
_MOST_DECIMALS = 16
_POWERS = 10.0 ** np.arange(_MOST_DECIMALS + 1)
# Below it every integer is a floating point number.
_EXACT = 2.0**53
# What is worked out for so much text at once stays in a processor's cache.
_BYTES_AT_ONCE = 1 << 18


def parse_decimals(text: bytes) -> NDArray[np.float64] | None:
    """Return the numbers between backslashes, correctly rounded; None if one cannot be read."""
    parts, start = [], 0
    while (end := text.find(b"\\", start + _BYTES_AT_ONCE)) >= 0:
        parts.append(_parse(text[start:end]))
        start = end + 1
    parts.append(_parse(text[start:] if start else text))
    numbers = [part for part in parts if part is not None]
    if len(numbers) < len(parts):
        return None
    return numbers[0] if len(numbers) == 1 else np.concatenate(numbers)


def _parse(text: bytes) -> NDArray[np.float64] | None:
    try:
        return _parse_plain(text)
    except ValueError:
        return _parse_any(text)


def _parse_plain(text: bytes) -> NDArray[np.float64]:
    """Read numbers without padding, exponent and plus sign, and of not too many digits.

    The digits as one integer, and the power of ten that it is to be divided by, are exact: the
    only rounding is that of the division.

    Raises
    ------
    ValueError
        Some number is of another kind.
    """
    # So many separators in front that whatever is looked at lies inside; only the last one counts.
    data = b"\\" * (_MOST_DECIMALS + 1) + text + b"\\"
    characters = np.frombuffer(data, dtype=np.uint8)
    words = np.ndarray(len(data) - 7, dtype="<u8", buffer=data, strides=(1,))
    is_mark = characters == _SEPARATOR
    is_mark |= characters == _POINT
    marks = np.flatnonzero(is_mark)[_MOST_DECIMALS:]
    is_point = characters[marks] == _POINT
    separators = np.flatnonzero(~is_point)
    before = separators[1:] - 1
    has_point = is_point[before]
    starts, ends = marks[separators[:-1]] + 1, marks[separators[1:]]
    # Of two points in a number the first one counts as a digit, and is found to be none.
    points = np.where(has_point, marks[before], ends)
    is_negative = characters[starts] == _MINUS
    digits = points - starts - is_negative
    decimals = ends - points - has_point
    most = int(decimals.max())
    if digits.max() > _MOST_DIGITS or most > _MOST_DECIMALS or (digits + decimals).min() == 0:
        raise ValueError
    powers = _POWERS[decimals]
    numbers = _last_digits(words[points - 8], digits) * powers
    numbers += _last_digits(words[ends - 8], np.minimum(decimals, 8))
    if most > 8:
        numbers += _last_digits(words[ends - 16], np.maximum(decimals - 8, 0)) * 1e8
    if numbers.max() >= _EXACT:
        raise ValueError
    numbers /= powers
    signed: NDArray[np.float64] = np.copysign(numbers, 0.5 - is_negative)
    return signed


def _last_digits(words: NDArray[np.uint64], count: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The number that the last ``count`` of each word's eight characters spell; alters ``words``.

    Raises
    ------
    ValueError
        A character is no digit.
    """
    words ^= _in_each_byte(ord("0"))
    # The first character is the lowest byte.
    others = (64 - 8 * count).astype(np.uint64)
    words >>= others
    words <<= others
    # 118 more, and a byte above 9 has its highest bit set.
    if (((words + _in_each_byte(118)) | words) & _in_each_byte(128)).any():
        raise ValueError
    words *= np.uint64((10 << 8) + 1)
    words >>= np.uint64(8)
    words &= np.uint64(0x00FF00FF00FF00FF)
    words *= np.uint64((100 << 16) + 1)
    words >>= np.uint64(16)
    words &= np.uint64(0x0000FFFF0000FFFF)
    words *= np.uint64((10_000 << 32) + 1)
    words >>= np.uint64(32)
    return words


def _in_each_byte(value: int) -> np.uint64:
    return np.uint64(value * 0x0101010101010101)


def _parse_any(text: bytes) -> NDArray[np.float64] | None:
    count = text.count(b"\\") + 1
    with warnings.catch_warnings():
        # Before NumPy 2.3 a number that ends early is a warning.
        warnings.simplefilter("error", DeprecationWarning)
        # Blanks around a number are padding that the standard allows.
        for each in (text, text.translate(None, b" \0\r\n\t")):
            try:
                numbers = np.fromstring(each, dtype=np.float64, sep="\\")
            except (ValueError, DeprecationWarning):
                continue
            if len(numbers) == count:
                return numbers
    return None
