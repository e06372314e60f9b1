"""Where the data set of a DICOM file begins, and how it is encoded (PS3.10 section 7, PS3.5 A).

What the bytes show counts more than what the File Meta Information claims: preamble, File Meta
Information or transfer syntax may be missing, and files are found that state another encoding than
their own.
"""

from __future__ import annotations

import zlib
from typing import Final

from rtstruct.dicom.elements import (
    LONG_VRS,
    SHORT_VRS,
    DataSet,
    TruncatedError,
    looks_explicit,
)
from rtstruct.errors import RtstructError
from rtstruct.limits import LARGEST_OBJECT

MEDIA_STORAGE_SOP_CLASS_UID: Final = 0x00020002
MEDIA_STORAGE_SOP_INSTANCE_UID: Final = 0x00020003
TRANSFER_SYNTAX_UID: Final = 0x00020010
IMPLICIT_LITTLE: Final = b"1.2.840.10008.1.2"
DEFLATED: Final = b"1.2.840.10008.1.2.1.99"
EXPLICIT_BIG: Final = b"1.2.840.10008.1.2.2"

_BEHIND_META: Final = 0x00030000
_VALUE_REPRESENTATIONS: Final = LONG_VRS | SHORT_VRS


def looks_like_dicom(head: bytes) -> bool:
    """Whether the first bytes of a file are those of DICOM, with or without a preamble."""
    if head[128:132] == b"DICM":
        return True
    # Without a preamble a file begins with an element of group 2 or 8.
    group, element, vr, length = head[0:2], head[2:4], head[4:6], head[4:8]
    if group in {b"\2\0", b"\b\0"} and element[1:] == b"\0":
        return vr in _VALUE_REPRESENTATIONS or 0 < int.from_bytes(length, "little") <= 256
    return group in {b"\0\2", b"\0\b"} and vr in _VALUE_REPRESENTATIONS


def open_data_set(data: bytes, name: str) -> DataSet:
    """Find out how a DICOM file is encoded; ``data`` may be its first part.

    Raises
    ------
    RtstructError
        ``not_dicom``, ``invalid_dicom``, ``truncated_file``, ``file_too_large`` (inflated).
    """
    if not looks_like_dicom(data):
        raise RtstructError("not_dicom", f"{name} is not a DICOM file")
    start = 132 if data[128:132] == b"DICM" else 0
    meta: dict[int, bytes] = {}
    if data[start : start + 2] == b"\2\0":
        file_meta = DataSet(data, start, looks_explicit(data, start), "<", name)
        found = file_meta.top(until=_BEHIND_META)
        if found.problem is not None:
            raise found.problem
        start = found.end
        meta = {element.tag: file_meta.value(element) for element in found.elements.values()}
    syntax = meta.get(TRANSFER_SYNTAX_UID, b"")
    if syntax == DEFLATED:
        try:
            plain = inflate(data[start:], name)
        except TruncatedError:
            # Unless it only states that it is deflated.
            if data[start : start + 2] not in (b"\b\0", b"\0\b"):
                raise
        else:
            return DataSet(plain, 0, True, "<", name, meta, is_deflated=True)
    if data[start : start + 2] == b"\0\0" and data[start : start + 4] != b"\0\0\0\0":
        raise RtstructError("invalid_dicom", f"{name} is damaged: it begins with a command")
    order = _byte_order(data[start : start + 2], ">" if syntax == EXPLICIT_BIG else "<")
    explicit = looks_explicit(data, start)
    return DataSet(data, start, explicit, order, name, meta)


def _byte_order(group: bytes, stated: str) -> str:
    """The order in which the first group is a small number: data sets begin with group 0008."""
    little, big = int.from_bytes(group, "little"), int.from_bytes(group, "big")
    if stated == "<" and little > 0xFF >= big > 0:
        return ">"
    if stated == ">" and big > 0xFF >= little > 0:
        return "<"
    return stated


def inflate(data: bytes, name: str) -> bytes:
    """Inflate a deflated data set (PS3.5 section A.5).

    Raises
    ------
    RtstructError
        ``truncated_file``, ``file_too_large``.
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(data, LARGEST_OBJECT)
    except zlib.error as error:
        raise TruncatedError("truncated_file", f"{name} cannot be inflated: {error}") from error
    if inflater.unconsumed_tail:
        raise RtstructError("file_too_large", f"{name} inflates to more than 1 GB")
    if not inflater.eof:
        raise TruncatedError(
            "truncated_file",
            f"{name} cannot be inflated: it ends early",
        )
    return inflated
