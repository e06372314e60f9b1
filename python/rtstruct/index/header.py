"""One DICOM stream into one row: read what lies before its bulk data, and no more."""

from __future__ import annotations

import hashlib
import io
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, Final

from pydicom.filereader import read_partial
from pydicom.uid import DeflatedExplicitVRLittleEndian, RTStructureSetStorage
from pydicom.valuerep import VR

from rtstruct.dicom.parse_errors import DAMAGE
from rtstruct.index.contours import ROI_CONTOUR_SEQUENCE, roi_contours
from rtstruct.index.file_outcomes import Unreadable
from rtstruct.index.schema import columns
from rtstruct.index.values import elements_of, record, text

if TYPE_CHECKING:
    from rtstruct.index.values import Elements

FIRST_READ: Final = 16 * 1024
"""Bytes that hold most headers; more is read, four times as much at a time, only where needed."""

_MEDIA_STORAGE_SOP_CLASS_UID: Final = 0x00020002
_MEDIA_STORAGE_SOP_INSTANCE_UID: Final = 0x00020003
_TRANSFER_SYNTAX_UID: Final = 0x00020010
_SOP_CLASS_UID: Final = 0x00080016
_SOP_INSTANCE_UID: Final = 0x00080018
_PIXEL_GROUP: Final = 0x7FE0
_OTHER_BULK: Final = frozenset({0x00420011, 0x54000100, 0x56000020})
"""Encapsulated Document, Waveform Sequence, Spectroscopy Data."""
_UNDEFINED_LENGTH: Final = 0xFFFFFFFF
_VALUE_REPRESENTATIONS: Final = frozenset(vr.value.encode() for vr in VR if len(vr.value) == 2)

_BROKEN: Final = (*DAMAGE, MemoryError)
"""A garbled length may ask for more memory than there is."""

_FIELDS: Final = tuple(field for field in columns() if field.tag != ROI_CONTOUR_SEQUENCE)
_WANTED: Final = [ROI_CONTOUR_SEQUENCE, *(field.tag for field in _FIELDS if field.tag)]


@dataclass(frozen=True)
class Header:
    """What was read of a stream: the bytes, and the elements in them by tag."""

    content: bytes
    elements: Elements
    cut_bulk: bool
    """Whether the stream ends before its pixel data does."""

    @property
    def sop_class(self) -> str | None:
        return self._uid(_SOP_CLASS_UID) or self._uid(_MEDIA_STORAGE_SOP_CLASS_UID)

    @property
    def sop_instance(self) -> str | None:
        return self._uid(_SOP_INSTANCE_UID) or self._uid(_MEDIA_STORAGE_SOP_INSTANCE_UID)

    @property
    def content_hash(self) -> str:
        """MD5 of what was read."""
        return hashlib.md5(self.content, usedforsecurity=False).hexdigest()

    def _uid(self, tag: int) -> str | None:
        uid = text(self.elements.get(tag))
        return uid and uid.strip()


class _Stop:
    """The condition at which reading ends; knows where the last element seen should end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.met = False
        self.end: int | None = 0

    def __call__(self, tag: int, vr: str | None, length: int) -> bool:
        self.end = None if length == _UNDEFINED_LENGTH else self.stream.tell() + length
        self.met = tag >> 16 >= _PIXEL_GROUP or tag in _OTHER_BULK
        return self.met


def looks_like_dicom(head: bytes) -> bool:
    """Whether the first bytes of a file are those of DICOM, with or without a preamble."""
    if head[128:132] == b"DICM":
        return True
    # Without a preamble a file begins with an element of group 2 or 8.
    group, element, vr, length = head[0:2], head[2:4], head[4:6], head[4:8]
    if group in {b"\2\0", b"\b\0"} and element[1:] == b"\0":
        return vr in _VALUE_REPRESENTATIONS or 0 < int.from_bytes(length, "little") <= 256
    return group in {b"\0\2", b"\0\b"} and vr in _VALUE_REPRESENTATIONS


def read_header(stream: IO[bytes], size: int, head: bytes) -> Header:
    """Read a DICOM stream of ``size`` bytes, of which ``head`` was read, up to its bulk data.

    A structure set is read whole: its hash is that of the file. Raises Unreadable (``truncated``,
    ``broken``) and whatever the stream raises.
    """
    header, content = _grow(stream, size, head)
    if header.sop_class == RTStructureSetStorage:
        # Some carry pixel data: what lies behind it still counts.
        return replace(header, content=content + stream.read())
    return header


def _grow(stream: IO[bytes], size: int, content: bytes) -> tuple[Header, bytes]:
    """Read on until the header is whole; returns it and all bytes that were read."""
    while len(content) < size:
        try:
            header = _parse(content, size)
        except _BROKEN:
            header = None  # what was read ends within an element
        if header is not None:
            return header, content
        more = stream.read(size if _is_structure_set(content) else 3 * len(content))
        if not more:
            raise Unreadable("truncated_file", f"It ends after {len(content)} of {size} bytes")
        content += more
    try:
        header = _parse(content, size)
    except _BROKEN as error:
        raise Unreadable("invalid_dicom", f"It cannot be parsed: {error}") from error
    if header is None:
        raise Unreadable("truncated_file", f"It ends in the middle, after {size} bytes")
    return header, content


def _parse(content: bytes, size: int) -> Header | None:
    """The header, if ``content`` holds all of it; raises what pydicom raises."""
    stream = io.BytesIO(content)
    stop = _Stop(stream)
    dataset = read_partial(stream, stop, force=True, specific_tags=list(_WANTED))
    elements = elements_of(dataset.file_meta) | elements_of(dataset)
    if text(elements.get(_TRANSFER_SYNTAX_UID)) == DeflatedExplicitVRLittleEndian:
        # Positions in what was inflated say nothing; zlib itself notices an early end.
        return Header(content, elements, cut_bulk=False)
    if stop.met:
        cut_bulk = stop.end is not None and stop.end > size
        return Header(content[: stream.tell()], elements, cut_bulk)
    if len(content) < size or not dataset:
        return None
    whole = stop.end is None or _is_padding(content, stop.end)
    return Header(content, elements, cut_bulk=False) if whole else None


def _is_padding(content: bytes, end: int) -> bool:
    return end <= len(content) and not content[end:].strip(b"\0")


def _is_structure_set(content: bytes) -> bool:
    with io.BytesIO(content) as stream, suppress(*_BROKEN):
        dataset = read_partial(stream, lambda tag, *_: tag > _SOP_CLASS_UID, force=True)
        return Header(b"", elements_of(dataset), False).sop_class == RTStructureSetStorage
    return False


def row(header: Header, size: int) -> dict[str, Any]:
    """The index row of a stream: its columns, without where it was found.

    Raises Unreadable (``no_sop_instance_uid``, ``broken``).
    """
    sop_instance = header.sop_instance
    if sop_instance is None:
        raise Unreadable("no_sop_instance_uid", "It has no SOP Instance UID")
    try:
        columns_of_row = record(header.elements, _FIELDS)
        columns_of_row["roi_contours"] = roi_contours(header.elements)
    except _BROKEN as error:
        raise Unreadable("invalid_dicom", f"It cannot be parsed: {error}") from error
    is_structure_set = header.sop_class == RTStructureSetStorage
    digest = header.content_hash
    return columns_of_row | {
        "SOPInstanceUID": sop_instance,
        "SOPClassUID": header.sop_class,
        "ROIContourSequence": [],
        "instance_size": size,
        "instance_hash": digest if is_structure_set else None,
        "header_hash": None if is_structure_set else digest,
    }
