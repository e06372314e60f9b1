"""DICOM elements into plain values, one dataset into one row.

Elements are taken raw, as bytes: most of a header is never asked for, and a value that breaks its
own rules (a date that is none, a number with a unit) must not cost the file.
"""

from __future__ import annotations

import datetime
import math
import re
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence as DicomSequence
from pydicom.valuerep import TEXT_VR_DELIMS
from pydicom.values import convert_SQ

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydicom.dataset import Dataset

    from rtstruct.index.schema import Field

    Element = RawDataElement | DataElement
    Elements = Mapping[int, Element]

_SPECIFIC_CHARACTER_SET: Final = 0x00080005
UNSTATED: Final = ("iso8859",)
"""What pydicom takes for a character set that is absent, empty, ISO_IR 6 or unknown."""
_PADDING: Final = " \0"
_FREE_TEXT: Final = frozenset({"LO", "SH", "LT", "ST", "UT", "UC"})
"""Where spaces in front are text; in front of a number, a code or a UID they are padding too."""
_TIME: Final = re.compile(r"(\d\d):?(\d\d)?:?(\d\d)?(?:\.(\d{1,6})\d*)?")


def elements_of(dataset: Dataset) -> dict[int, Element]:
    """The elements of a dataset by tag, as they were read: nothing is converted."""
    return {int(tag): element for tag, element in dataset.items()}


def record(
    elements: Elements, fields: Iterable[Field], inherited: Sequence[str] = UNSTATED
) -> dict[str, Any]:
    """One dataset as a row: the named fields, where present.

    A repeated field is never absent, it is an empty list (as BigQuery has it); an empty or
    unusable scalar is left out. ``inherited`` are the Python codecs of the enclosing dataset.
    """
    encodings = _encodings(elements, inherited)
    row: dict[str, Any] = {}
    for field in fields:
        element = None if field.tag is None else elements.get(field.tag)
        if field.fields:
            items = () if element is None else sequence_items(element)
            row[field.name] = [record(item, field.fields, encodings) for item in items]
        elif field.repeated:
            row[field.name] = [] if element is None else strings(element, encodings)
        elif element is not None and (value := _scalar(element, field, encodings)) is not None:
            row[field.name] = value
    return row


def sequence_items(element: Element) -> Iterable[Elements]:
    """The items of a sequence element; raises ValueError where it is no sequence."""
    if isinstance(element, RawDataElement):
        if not element.value:
            return
        items = convert_SQ(element.value, element.is_implicit_VR, element.is_little_endian)
    else:
        items = element.value
        if not isinstance(items, DicomSequence):
            raise ValueError(f"{element.tag} should be a sequence")
    for item in items:
        yield elements_of(item)


def text(element: Element | None, encodings: Sequence[str] = UNSTATED) -> str | None:
    """A value as written, without the padding behind it; None where empty."""
    return decode(_written(element).rstrip(b" \0"), encodings) or None


def strings(element: Element, encodings: Sequence[str] = UNSTATED) -> list[str]:
    """The values of an element with several, each without padding."""
    whole = text(element, encodings)
    return [] if whole is None else [value.strip(_PADDING) for value in whole.split("\\")]


def decode(value: bytes, encodings: Sequence[str]) -> str:
    """Text of bytes under the codecs of a Specific Character Set; never fails.

    Where no character set is stated the standard allows ASCII alone. What breaks that is UTF-8 if
    it can be, else Latin-1. Undecodable bytes, and NUL, become U+FFFD.
    """
    if tuple(encodings) == UNSTATED and b"\x1b" not in value:
        try:
            decoded = value.decode("utf-8")
        except UnicodeDecodeError:
            decoded = value.decode("latin-1")
    else:
        decoded = decode_bytes(value, encodings, TEXT_VR_DELIMS)
    return decoded.replace("\0", "\ufffd")


def _encodings(elements: Elements, inherited: Sequence[str]) -> Sequence[str]:
    stated = _written(elements.get(_SPECIFIC_CHARACTER_SET))
    return _codecs(stated) if stated else inherited


def _written(element: Element | None) -> bytes:
    """The value as it was written; empty for none, and for a sequence."""
    if isinstance(element, RawDataElement):
        return element.value or b""
    if element is None or isinstance(element.value, DicomSequence):
        return b""
    # What pydicom has looked at itself is converted: the character set, the transfer syntax.
    values = element.value if isinstance(element.value, MultiValue) else [element.value or ""]
    return "\\".join(map(str, values)).encode()


@lru_cache(maxsize=64)
def _codecs(stated: bytes) -> tuple[str, ...]:
    names = [name.strip(_PADDING) for name in stated.decode("ascii", "replace").split("\\")]
    return tuple(convert_encodings(names))


def _scalar(element: Element, field: Field, encodings: Sequence[str]) -> Any:
    if field.duckdb_type == "BIGINT":
        return _integer(element)
    if field.duckdb_type == "DOUBLE":
        return _double(element)
    value = text(element, encodings)
    if value is None or field.vr in _FREE_TEXT:
        return value
    value = value.lstrip(" ")
    if field.duckdb_type == "VARCHAR":
        return value
    return _date(value) if field.duckdb_type == "DATE" else _time(value)


def _integer(element: Element) -> int | None:
    # The integers of the index are all unsigned: US (two bytes) and UL (four).
    if not isinstance(element, RawDataElement) or len(element.value or b"") not in (2, 4):
        return None
    return int.from_bytes(element.value or b"", "little" if element.is_little_endian else "big")


def _double(element: Element) -> float | None:
    if not isinstance(element, RawDataElement) or len(element.value or b"") != 8:
        return None
    (value,) = struct.unpack("<d" if element.is_little_endian else ">d", element.value or b"")
    return float(value) if math.isfinite(value) else None


def _date(value: str) -> str | None:
    digits = value.replace(".", "")  # ACR-NEMA wrote 1999.12.31
    if len(digits) != 8 or not (digits.isascii() and digits.isdecimal()):
        return None
    try:
        return datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return None


def _time(value: str) -> str | None:
    match = _TIME.fullmatch(value)
    if match is None:
        return None
    hour, minute, second, fraction = match.groups(default="")
    try:
        return datetime.time(
            int(hour), int(minute or 0), int(second or 0), int(fraction.ljust(6, "0") or 0)
        ).isoformat()
    except ValueError:
        return None
