"""DICOM elements into plain values, one data set into one row.

Most of a header is never asked for, and a value that breaks its own rules (a date that is none, a
number with a unit) must not cost the file.
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from rtstruct.dicom.numbers import double, unsigned
from rtstruct.index.charset import decode
from rtstruct.index.schema import SPECIFIC_CHARACTER_SET, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rtstruct.dicom.elements import DataSet, Element
    from rtstruct.index.schema import Record

_PADDING: Final = " \0"
_BYTE_PADDING: Final = b" \0"
_LONG: Final = 128
"""Bytes of a value that is not kept for the next file."""
_TIME: Final = re.compile(r"(\d\d):?(\d\d)?:?(\d\d)?(?:\.(\d{1,6})\d*)?")


def record(
    data_set: DataSet,
    elements: Mapping[int, Element],
    wanted: Record,
    inherited: bytes = b"",
) -> dict[str, Any]:
    """One data set, or item, as a row: the wanted fields, where present.

    A repeated field is never absent, it is an empty list (as BigQuery has it); an empty or
    unusable scalar is left out. ``inherited`` is the character set of the enclosing data set.

    Raises
    ------
    RtstructError
        ``invalid_dicom``, ``truncated_file``: a sequence that is none.
    """
    stated = elements.get(SPECIFIC_CHARACTER_SET)
    charset = inherited if stated is None else written(data_set, stated) or inherited
    row: dict[str, Any] = dict(wanted.absent)
    data, by_tag, order = data_set.data, wanted.by_tag, data_set.byte_order
    for tag, (_, start, end, _, is_delimited) in elements.items():
        field = by_tag.get(tag)
        if field is None:
            continue
        name, reading, items = field
        if items is not None:
            row[name] = [
                record(data_set, item, items, charset)
                for item in data_set.walk(elements[tag], items.wanted)
            ]
            continue
        if is_delimited or start == end:
            continue  # items where a value should be; or nothing
        read = _value if end - start > _LONG else _known_value
        value = read(data[start:end], reading, charset, order)
        if value is not None and value != "":
            row[name] = value
    return row


def _value(value: bytes, reading: int, charset: bytes, byte_order: str) -> Any:
    if reading in _BINARY:
        return _BINARY[reading](value, byte_order)
    plain = decode(value.rstrip(_BYTE_PADDING), charset)
    if reading in _TEXTS:
        return _TEXTS[reading](plain) if plain else None
    return plain


_known_value = lru_cache(maxsize=1024)(_value)
"""The files of a series say most of what they say alike."""


def text(data_set: DataSet, element: Element | None) -> str | None:
    """A value of the default repertoire, without the padding behind it; None if empty."""
    return None if element is None else decode(written(data_set, element)) or None


def strings(data_set: DataSet, element: Element) -> list[str]:
    """The values of an element with several, each without padding."""
    whole = text(data_set, element)
    return [] if whole is None else _strings(whole)


def written(data_set: DataSet, element: Element) -> bytes:
    """The value as it was written, without padding behind it; empty for a sequence."""
    if element.is_delimited:
        return b""
    return data_set.data[element.start : element.end].rstrip(_BYTE_PADDING)


def _strings(value: str) -> list[str]:
    return [part.strip(_PADDING) for part in value.split("\\")]


def _code(value: str) -> str:
    return value.lstrip(" ")


def _date(value: str) -> str | None:
    digits = value.lstrip(" ").replace(".", "")  # ACR-NEMA wrote 1999.12.31
    if len(digits) != 8 or not (digits.isascii() and digits.isdecimal()):
        return None
    try:
        return datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return None


def _time(value: str) -> str | None:
    match = _TIME.fullmatch(value.lstrip(" "))
    if match is None:
        return None
    hour, minute, second, fraction = match.groups(default="")
    try:
        return datetime.time(
            int(hour), int(minute or 0), int(second or 0), int(fraction.ljust(6, "0") or 0)
        ).isoformat()
    except ValueError:
        return None


_BINARY: Final[dict[int, Callable[[bytes, str], float | None]]] = {
    # The integers of the index are all unsigned.
    int(Reading.INTEGER): unsigned,
    int(Reading.DOUBLE): double,
}
_TEXTS: Final[dict[int, Callable[[str], Any]]] = {
    int(Reading.CODE): _code,
    int(Reading.LIST): _strings,
    int(Reading.DATE): _date,
    int(Reading.TIME): _time,
}
