"""One DICOM stream into one row: read what lies before its bulk data, and no more."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from rtstruct.dicom.elements import ITEM, TruncatedError
from rtstruct.dicom.file_format import (
    MEDIA_STORAGE_SOP_CLASS_UID,
    MEDIA_STORAGE_SOP_INSTANCE_UID,
    TRANSFER_SYNTAX_UID,
    open_data_set,
)
from rtstruct.dicom.repair import repaired
from rtstruct.errors import RtstructError
from rtstruct.index.charset import decode
from rtstruct.index.contours import ROI_CONTOUR_SEQUENCE, ROIContours
from rtstruct.index.file_outcomes import Unreadable
from rtstruct.index.frame_stacks import frame_stacks
from rtstruct.index.registrations import (
    DEFORMABLE_REGISTRATION_SEQUENCE,
    REGISTRATION_SEQUENCE,
    registrations,
)
from rtstruct.index.schema import columns
from rtstruct.index.values import record, written
from rtstruct.limits import LARGEST_HEADER, LARGEST_OBJECT

if TYPE_CHECKING:
    from rtstruct.dicom.elements import DataSet, Element

FIRST_READ: Final = 16 * 1024
"""Bytes that hold most headers; more is read, four times as much at a time, only where needed."""
MEDIA_STORAGE_DIRECTORY: Final = b"1.2.840.10008.1.3.10"
"""A DICOMDIR: it lists files, and is none that anybody asks for."""
RT_STRUCTURE_SET: Final = "1.2.840.10008.5.1.4.1.1.481.3"

_RT_STRUCTURE_SET: Final = RT_STRUCTURE_SET.encode()
_META: Final = 1024
"""Bytes that hold the SOP class, in the file meta information or the data set, of most files."""
_SOP_CLASS_UID: Final = 0x00080016
_SOP_INSTANCE_UID: Final = 0x00080018
_PIXEL_GROUP: Final = 0x7FE00000
_OTHER_BULK: Final = frozenset({0x00420011, 0x54000100, 0x56000020})
"""Encapsulated Document, Waveform Sequence, Spectroscopy Data."""
_BULK: Final = (
    *(range(tag, tag + 1) for tag in sorted(_OTHER_BULK)),
    range(_PIXEL_GROUP, 1 << 32),
)
_WANTED: Final = columns().wanted | {
    ROI_CONTOUR_SEQUENCE,
    REGISTRATION_SEQUENCE,
    DEFORMABLE_REGISTRATION_SEQUENCE,
}
_SOUGHT: Final = _WANTED | _OTHER_BULK
_CODES: Final = {"truncated_file": "truncated", "file_too_large": "file_too_large"}


class Readable(Protocol):
    """A stream, as far as it is needed here."""

    def read(self, size: int, /) -> bytes | None:
        """Up to ``size`` bytes."""


@dataclass(frozen=True)
class Header:
    """What was read of a stream."""

    content: bytes
    """Its bytes, as far as they were read."""
    data_set: DataSet
    elements: dict[int, Element]
    """The wanted ones, by tag."""
    contours: ROIContours
    end: int | None
    """Where its bulk data begin; None where it has none, and where it is deflated."""
    cut_bulk: bool
    """Whether the stream ends before its pixel data does."""

    @cached_property
    def sop_class(self) -> str | None:
        """SOPClassUID, of the dataset or of the file meta information."""
        return self._uid(_SOP_CLASS_UID, MEDIA_STORAGE_SOP_CLASS_UID)

    @cached_property
    def sop_instance(self) -> str | None:
        """SOPInstanceUID, of the dataset or of the file meta information."""
        return self._uid(_SOP_INSTANCE_UID, MEDIA_STORAGE_SOP_INSTANCE_UID)

    def _uid(self, tag: int, meta_tag: int) -> str | None:
        element = self.elements.get(tag)
        value = b"" if element is None else written(self.data_set, element)
        return decode(value or self.data_set.meta.get(meta_tag, b"")).strip() or None


def is_read_whole(head: bytes, size: int) -> bool:
    """Whether a stream of ``size`` bytes that begins so is best read at once: a structure set.

    It may be none: then more is read than is needed, and nothing else is lost.
    """
    return len(head) < size <= LARGEST_OBJECT and _RT_STRUCTURE_SET in head[:_META]


def read_header(stream: Readable, size: int, head: bytes) -> Header:
    """Read a DICOM stream of ``size`` bytes, of which ``head`` was read, up to its bulk data.

    A structure set is read whole.

    Raises
    ------
    Unreadable
        ``truncated_file``, ``invalid_dicom``, ``file_too_large``; and whatever the stream raises.
    """
    content = head
    while (header := _header(content, size)) is None:
        wanted = 3 * len(content)
        if _is_structure_set(content):
            _bound(size, LARGEST_OBJECT)
            wanted = size
        _bound(len(content), LARGEST_HEADER if wanted < size else LARGEST_OBJECT)
        content = _read_on(stream, content, wanted, size)
    if header.sop_class == RT_STRUCTURE_SET and len(header.content) < size:
        # Some carry pixel data: what lies behind it still counts.
        _bound(size, LARGEST_OBJECT)
        return replace(header, content=header.content + (stream.read(size) or b""))
    return header


def _bound(count: int, limit: int) -> None:
    if count > limit:
        raise Unreadable("file_too_large", f"It takes more than {limit >> 20} MB to read")


def _read_on(stream: Readable, content: bytes, count: int, size: int) -> bytes:
    more = stream.read(count)
    if not more:
        raise Unreadable("truncated_file", f"It ends after {len(content)} of {size} bytes")
    return content + more


def _header(content: bytes, size: int) -> Header | None:
    """The header, if ``content`` holds all of it; raises Unreadable."""
    try:
        return _strict(content, size)
    except RtstructError as error:
        if error.code == "file_too_large":
            raise Unreadable("file_too_large", error.message) from error
        if error.code == "truncated_file" and len(content) < size:
            return None
    return _lenient(content, size)


def _strict(content: bytes, size: int) -> Header | None:
    """As :func:`_header`; raises RtstructError for what is unusual."""
    data_set = open_data_set(content, "It")
    contours = ROIContours(data_set)
    if data_set.meta.get(MEDIA_STORAGE_SOP_CLASS_UID) == MEDIA_STORAGE_DIRECTORY:
        return Header(content, data_set, {}, contours, None, cut_bulk=False)
    found = data_set.top(_SOUGHT, _PIXEL_GROUP, contours.readers)
    bulk = min(_OTHER_BULK & found.elements.keys(), default=None)
    if bulk is not None:
        found = data_set.top(_WANTED, bulk)
    is_whole = len(content) >= size
    met = data_set.head(found.end)
    if met is not None and (_PIXEL_GROUP <= met.tag < ITEM or met.tag in _OTHER_BULK):
        if data_set.is_deflated:
            # Positions in what was inflated say nothing; zlib itself notices an early end.
            return Header(content, data_set, found.elements, contours, None, cut_bulk=False)
        cut = met.end is not None and met.end > size
        return Header(content, data_set, found.elements, contours, found.end, cut)
    if found.problem is not None and (is_whole or not isinstance(found.problem, TruncatedError)):
        raise found.problem
    if not is_whole:
        return None
    if not found.elements or not _is_padding(data_set.data, found.end):
        raise data_set.truncated()
    return Header(content, data_set, found.elements, contours, None, cut_bulk=False)


def _lenient(content: bytes, size: int) -> Header | None:
    """As :func:`_header`, by the reader of unusual files."""
    is_whole = len(content) >= size
    try:
        found = repaired(content, "It", _WANTED, _BULK)
    except RtstructError as error:
        if not is_whole:
            return None
        raise Unreadable(error.code, error.message) from error
    if found.end is None and not is_whole and not found.data_set.is_deflated:
        return None
    elements = found.data_set.top(_WANTED).elements
    cut = found.bulk_end is not None and found.bulk_end > size
    end = None if found.data_set.is_deflated else found.end
    contours = ROIContours(found.data_set)
    return Header(content, found.data_set, elements, contours, end, cut and end is not None)


def _is_padding(content: bytes, start: int) -> bool:
    return content.count(0, start) == len(content) - start


def _is_structure_set(content: bytes) -> bool:
    try:
        data_set = open_data_set(content, "It")
    except RtstructError:
        return False
    (sop_class,) = data_set.top({_SOP_CLASS_UID}, _SOP_CLASS_UID + 1).elements.values() or [None]
    return sop_class is not None and data_set.text(sop_class) == RT_STRUCTURE_SET


def row(header: Header, size: int) -> dict[str, Any]:
    """The index row of a stream: its columns, without where it was found.

    Raises
    ------
    Unreadable
        ``no_sop_instance_uid``, ``invalid_dicom``, ``file_too_large``.
    """
    sop_instance = header.sop_instance
    if sop_instance is None:
        raise Unreadable("no_sop_instance_uid", "It has no SOP Instance UID")
    try:
        row_of_header = _columns(header)
    except RtstructError:
        # Damage within a sequence, which the strict reader does not look into before it is asked.
        lenient = _lenient(header.content, len(header.content))
        if lenient is None:
            raise
        try:
            row_of_header = _columns(lenient)
        except RtstructError as error:
            raise Unreadable("invalid_dicom", error.message) from error
    is_structure_set = header.sop_class == RT_STRUCTURE_SET
    hashed = header.content if is_structure_set else header.content[: header.end]
    digest = hashlib.md5(hashed, usedforsecurity=False).hexdigest()
    return row_of_header | {
        "SOPInstanceUID": sop_instance,
        "SOPClassUID": header.sop_class,
        "instance_size": size,
        "instance_hash": digest if is_structure_set else None,
        "header_hash": None if is_structure_set else digest,
    }


def _columns(header: Header) -> dict[str, Any]:
    found = record(header.data_set, header.elements, columns())
    found["roi_contours"] = header.contours.rows(header.elements.get(ROI_CONTOUR_SEQUENCE))
    found["frame_stacks"] = frame_stacks(header.data_set, header.elements, found.get("Modality"))
    found["registrations"] = registrations(header.data_set, header.elements, header.sop_class)
    syntax = header.data_set.meta.get(TRANSFER_SYNTAX_UID)
    if syntax:
        found["TransferSyntaxUID"] = decode(syntax)
    return found
