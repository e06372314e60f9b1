"""Numbers of a DICOM header: what the standard allows and a float can hold, or None.

Python's own ``int`` and ``float`` take ``1_0``, ``nan``, ``inf``, ``1e400`` and other scripts'
digits; a long value of a short element is an integer too large for any float. The catalog reads
text by the same two expressions (``macros/dialect/safe_numbers.sql``); a test holds them equal.
"""

from __future__ import annotations

import math
import re
from struct import Struct
from typing import Final

# PS3.5 table 6.2-1, IS and DS, with longer ones than it allows. What is larger is damage, and such
# that no product of a few of them overflows.
_INTEGER: Final = re.compile(rb"[\s\0]*([+-]?[0-9]{1,18})[\s\0]*")
_DECIMAL: Final = re.compile(
    rb"[\s\0]*([+-]?(?:[0-9]{1,40}(?:[.][0-9]*)?|[.][0-9]+)"
    rb"(?:[eE](?:[+]?0*[0-2]?[0-9]|-[0-9]{1,3}))?)[\s\0]*"
)
_UNSIGNED: Final = {
    (order, size): Struct(order + kind) for order in "<>" for size, kind in ((2, "H"), (4, "I"))
}
_DOUBLE: Final = {order: Struct(order + "d") for order in "<>"}


def integer(text: bytes) -> int | None:
    """An Integer String (IS), padded or not."""
    found = _INTEGER.fullmatch(text)
    return None if found is None else int(found[1])


def decimal(text: bytes) -> float | None:
    """A Decimal String (DS), padded or not; never infinite, never NaN."""
    found = _DECIMAL.fullmatch(text)
    return None if found is None else float(found[1])


def decimals(text: bytes) -> tuple[float, ...] | None:
    """The Decimal Strings between backslashes; None if one cannot be read."""
    numbers = [decimal(part) for part in text.split(b"\\")]
    known = tuple(number for number in numbers if number is not None)
    return known if len(known) == len(numbers) else None


def unsigned(value: bytes, byte_order: str) -> int | None:
    """An unsigned binary integer of two bytes (US) or four (UL)."""
    layout = _UNSIGNED.get((byte_order, len(value)))
    return None if layout is None else int(layout.unpack(value)[0])


def double(value: bytes, byte_order: str) -> float | None:
    """A binary floating point number of eight bytes (FD) that is finite."""
    if len(value) != 8:
        return None
    (number,) = _DOUBLE[byte_order].unpack(value)
    return float(number) if math.isfinite(number) else None
