"""Read by pydicom what the strict reader refuses, and write it again so that the latter reads it.

Elements of unknown VR, items longer than their sequence, implicit elements in an explicit data set:
pydicom has met them all. It takes long, so only what is unusual comes here.
"""

from __future__ import annotations

import io
from contextlib import suppress
from struct import pack
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from rtstruct.dicom.elements import LONG_VRS, SHORT_VRS, UNDEFINED, DataSet
from rtstruct.dicom.file_format import DEFLATED, TRANSFER_SYNTAX_UID
from rtstruct.errors import RtstructError
from rtstruct.limits import LARGEST_UNUSUAL

if TYPE_CHECKING:
    from collections.abc import Collection

    from pydicom import DataElement, Dataset
    from pydicom.dataelem import RawDataElement

_LONGEST_SHORT: Final = 0xFFFF


class Repaired(NamedTuple):
    """What pydicom made of a file."""

    data_set: DataSet
    """The wanted elements, plainly encoded; their values are byte for byte those of the file."""
    end: int | None
    """Where reading stopped: at the first tag not below ``until``; None where it was not met."""
    bulk_end: int | None
    """Where the element that was stopped at should end; None where its length is undefined."""


def repaired(
    content: bytes, name: str, wanted: Collection[int], until: Collection[range]
) -> Repaired:
    """Read the ``wanted`` elements of a file before the first whose tag is in ``until``.

    Raises
    ------
    RtstructError
        ``invalid_dicom``; ``truncated_file`` where the file ends within an element;
        ``file_too_large`` for more than 64 MB, of which pydicom would make a multiple.
    """
    from pydicom.filereader import read_partial

    from rtstruct.dicom.parse_errors import DAMAGE

    if len(content) > LARGEST_UNUSUAL:
        raise RtstructError("file_too_large", f"{name} is unusual, and too large to be repaired")
    stream = io.BytesIO(content)
    stop = _Stop(stream, until)
    try:
        dataset = read_partial(stream, stop, force=True, specific_tags=list(wanted))
        meta = {
            int(tag): _written(element).strip(b" \0") for tag, element in dataset.file_meta.items()
        }
        plain = _encoded(dataset)
        implicit, little = dataset.original_encoding
    except (*DAMAGE, MemoryError) as error:
        reason = " ".join(str(error).split())
        raise RtstructError("invalid_dicom", f"{name} is damaged: {reason}") from error
    is_deflated = meta.get(TRANSFER_SYNTAX_UID) == DEFLATED
    # Positions in what was inflated say nothing; zlib itself notices an early end.
    if not is_deflated and not stop.met:
        is_whole = stop.end is None or _is_padding(content, stop.end)
        if not dataset or not is_whole:
            raise RtstructError("truncated_file", f"{name} ends in the middle of an element")
    order = "<" if little else ">"
    data_set = DataSet(plain, 0, not implicit, order, name, meta, is_deflated)
    return Repaired(data_set, stream.tell() if stop.met else None, stop.end)


class _Stop:
    """The condition at which reading ends; knows where the last element seen should end."""

    def __init__(self, stream: IO[bytes], until: Collection[range]) -> None:
        self.stream = stream
        self.until = until
        self.met = False
        self.end: int | None = 0

    def __call__(self, tag: int, vr: str | None, length: int) -> bool:
        self.end = None if length == UNDEFINED else self.stream.tell() + length
        self.met = any(int(tag) in tags for tags in self.until)
        return self.met


def _is_padding(content: bytes, end: int) -> bool:
    return end <= len(content) and content.count(0, end) == len(content) - end


def _encoded(dataset: Dataset) -> bytes:
    """A data set in its own encoding, all lengths defined, all VRs known."""
    return b"".join(_element(int(tag), element, dataset) for tag, element in dataset.items())


def _element(tag: int, element: RawDataElement | DataElement, dataset: Dataset) -> bytes:
    implicit, little = dataset.original_encoding
    order = "<" if little else ">"
    sequence = _sequence(tag, element)
    value = _written(element) if sequence is None else _items(sequence, order)
    head = pack(order + "HH", tag >> 16, tag & 0xFFFF)
    if implicit:
        return head + pack(order + "I", len(value)) + value
    vr = b"SQ" if sequence is not None else str(element.VR or "UN").encode()
    if vr in SHORT_VRS and len(value) <= _LONGEST_SHORT:
        return head + vr + pack(order + "H", len(value)) + value
    return head + (vr if vr in LONG_VRS else b"UN") + pack(order + "HI", 0, len(value)) + value


def _sequence(tag: int, element: RawDataElement | DataElement) -> list[Dataset] | None:
    """The items of a sequence, None for any other element."""
    from pydicom.datadict import dictionary_VR
    from pydicom.dataelem import RawDataElement
    from pydicom.sequence import Sequence
    from pydicom.values import convert_SQ

    if not isinstance(element, RawDataElement):
        return list(element.value) if isinstance(element.value, Sequence) else None
    known = None
    with suppress(KeyError):
        known = dictionary_VR(tag)
    if known != "SQ" or not element.value:
        return None
    return list(convert_SQ(element.value, element.is_implicit_VR, element.is_little_endian))


def _items(sequence: list[Dataset], order: str) -> bytes:
    items = [_encoded(item) for item in sequence]
    return b"".join(pack(order + "HHI", 0xFFFE, 0xE000, len(item)) + item for item in items)


def _written(element: RawDataElement | DataElement) -> bytes:
    """The value as it was written."""
    from pydicom.dataelem import RawDataElement
    from pydicom.multival import MultiValue

    if isinstance(element, RawDataElement):
        return element.value or b""
    # What pydicom has looked at itself is converted: the character set, the transfer syntax.
    values = element.value if isinstance(element.value, MultiValue) else [element.value or ""]
    return "\\".join(map(str, values)).encode()
