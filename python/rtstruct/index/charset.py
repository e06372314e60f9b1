"""Text of bytes under a Specific Character Set (PS3.3 section C.12.1.1.2, PS3.5 chapter 6)."""

from __future__ import annotations

import codecs
from functools import cache, lru_cache
from typing import Final

_ESCAPE: Final = b"\x1b"
_UNSTATED: Final = ("iso8859",)
"""What pydicom takes for a character set that is absent, empty, ISO_IR 6 or unknown."""


def decode(value: bytes, charset: bytes = b"") -> str:
    """Text of bytes under a Specific Character Set as it was written; never fails.

    Where no character set is stated the standard allows ASCII alone. What breaks that is UTF-8 if
    it can be, else Latin-1. Undecodable bytes, and NUL, become U+FFFD.
    """
    if value.isascii():
        # So every character set of the standard has it, escapes aside.
        plain = value.decode("ascii")
        if plain.isprintable():
            return plain
    decoded = _decode(value, _codecs(charset) if charset else _UNSTATED)
    return decoded.replace("\0", "\ufffd")


def _decode(value: bytes, encodings: tuple[str, ...]) -> str:
    if _ESCAPE not in value and value.isascii():
        return value.decode("ascii")
    if encodings == _UNSTATED and _ESCAPE not in value:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.decode("latin-1")
    # Not imported before a name asks for it: pydicom takes as long as a thousand headers.
    from pydicom.charset import decode_bytes
    from pydicom.valuerep import TEXT_VR_DELIMS

    return decode_bytes(value, encodings, TEXT_VR_DELIMS)


@lru_cache(maxsize=64)
def _codecs(charset: bytes) -> tuple[str, ...]:
    """The Python codecs of a Specific Character Set.

    Only those of the standard (tables C.12-2 to C.12-5): others that Python has, ``utf_7`` or
    ``unicode_escape``, make of harmless bytes what no database can hold.
    """
    from pydicom.charset import convert_encodings

    names = [name.strip(" \0") for name in charset.decode("ascii", "replace").split("\\")]
    try:
        found = convert_encodings(names)
    except ValueError:  # a name that holds a NUL
        return _UNSTATED
    return tuple(name if _canonical(name) in _standard() else _UNSTATED[0] for name in found)


@cache
def _standard() -> frozenset[str]:
    from pydicom.charset import python_encoding

    return frozenset(_canonical(name) for name in python_encoding.values())


def _canonical(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
