"""Walk the elements of a DICOM data set in memory, without turning values into objects.

A structure set holds up to millions of numbers as text; a general parser spends a second per
hundred thousand of them. Here a value is a range of bytes (PS3.5 sections 7.1 and 7.5: explicit and
implicit VR, little and big endian, defined and undefined lengths, deflated).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEM = 0xFFFEE000
ITEM_END = 0xFFFEE00D
SEQUENCE_END = 0xFFFEE0DD
TRANSFER_SYNTAX = 0x00020010
UNDEFINED = 0xFFFFFFFF
# PS3.5 table 7.1-1: VRs whose length has four bytes, after two reserved ones.
LONG_VRS = frozenset(
    [b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"]
)
SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())
IMPLICIT_LITTLE = "1.2.840.10008.1.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"


class TruncatedError(RtstructError):
    """The data end inside an element."""


class Element(NamedTuple):
    """Where the value of an element is."""

    tag: int
    start: int
    end: int
    explicit: bool
    """How the items inside are encoded."""


@dataclass(frozen=True, eq=False)
class DataSet:
    """Bytes of a DICOM file and how to walk them."""

    data: bytes
    start: int
    explicit: bool
    byte_order: str
    """``<`` or ``>``, as in ``struct``."""
    name: str
    """The file, for messages."""
    ends: dict[int, int] = field(default_factory=dict)
    """Where sequences and items of undefined length end, by their start: each is sought once."""

    def __iter__(self) -> Iterator[Element]:
        return self.elements(self.start, len(self.data), self.explicit)

    def elements(self, start: int, end: int, explicit: bool) -> Iterator[Element]:
        """Yield the elements of a data set or item, in the order of the file."""
        data = self.data
        head_of = struct.Struct(self.byte_order + ("HH2sH" if explicit else "HHI")).unpack_from
        while start + 8 <= end:
            if explicit:
                group, number, vr, length = head_of(data, start)
            else:
                group, number, length = head_of(data, start)
            tag = group << 16 | number
            nested = explicit
            # Tag 0 is no element: some archives fill files up with zeros.
            if tag in (ITEM_END, SEQUENCE_END, 0):
                return
            start += 8
            if explicit and vr not in SHORT_VRS:
                if vr not in LONG_VRS:
                    raise RtstructError(
                        "invalid_dicom", f"{self.name} is damaged: no element at byte {start - 8}"
                    )
                if start + 4 > end:
                    raise self.truncated()
                (length,) = struct.unpack_from(self.byte_order + "I", data, start)
                start += 4
                # PS3.5 section 6.2.2, note 4: unknown sequences are implicit inside.
                nested = vr != b"UN"
            if length == UNDEFINED:
                if start not in self.ends:
                    try:
                        self.ends[start] = self._end_of_items(start, end, nested)
                    except RecursionError:
                        raise RtstructError(
                            "invalid_dicom", f"{self.name} is damaged: sequences nested without end"
                        ) from None
                stop = self.ends[start]
                yield Element(tag, start, stop - 8, nested)
            else:
                stop = start + length
                if stop > end:
                    raise self.truncated()
                yield Element(tag, start, stop, nested)
            start = stop
        if any(data[start:end]):
            raise self.truncated()

    def items(self, sequence: Element) -> Iterator[Element]:
        """Yield the items of a sequence."""
        start = sequence.start
        while start + 8 <= sequence.end:
            tag, length = self._item_header(start)
            start += 8
            if tag == SEQUENCE_END:
                return
            if tag != ITEM:
                raise RtstructError(
                    "invalid_dicom", f"{self.name} is damaged: no item at byte {start - 8}"
                )
            if length == UNDEFINED:
                stop = self._end_of_elements(start, sequence.end, sequence.explicit)
                yield Element(tag, start, stop - 8, sequence.explicit)
            else:
                stop = start + length
                if stop > sequence.end:
                    raise self.truncated()
                yield Element(tag, start, stop, sequence.explicit)
            start = stop

    def inside(self, item: Element) -> Iterator[Element]:
        """Yield the elements of an item."""
        return self.elements(item.start, item.end, item.explicit)

    def value(self, element: Element) -> bytes:
        """The raw value, without padding."""
        return self.data[element.start : element.end].strip(b" \0")

    def text(self, element: Element) -> str:
        """The value of an element of the default character repertoire."""
        return self.value(element).decode("ascii", "replace")

    def truncated(self) -> TruncatedError:
        return TruncatedError(
            "truncated_file",
            f"{self.name} ends in the middle of an element",
            "Copy or download the file again",
        )

    def _item_header(self, start: int) -> tuple[int, int]:
        group, number, length = struct.unpack_from(self.byte_order + "HHI", self.data, start)
        return group << 16 | number, length

    def _end_of_items(self, start: int, end: int, explicit: bool) -> int:
        """Position behind the delimiter of a sequence of undefined length."""
        while start + 8 <= end:
            tag, length = self._item_header(start)
            start += 8
            if tag == SEQUENCE_END:
                return start
            if length == UNDEFINED:
                start = self._end_of_elements(start, end, explicit)
            else:
                start += length
        raise self.truncated()

    def _end_of_elements(self, begin: int, end: int, explicit: bool) -> int:
        """Position behind the delimiter of an item of undefined length."""
        if begin in self.ends:
            return self.ends[begin]
        start = begin
        for element in self.elements(start, end, explicit):
            start = element.end
        # What the walk stopped at is the delimiter, unless the data end here; the end of a sequence
        # of undefined length is its own delimiter's start.
        while start + 8 <= end:
            tag, _ = self._item_header(start)
            start += 8
            if tag == ITEM_END:
                self.ends[begin] = start
                return start
            if tag != SEQUENCE_END:
                break
        raise self.truncated()


def open_data_set(data: bytes, name: str) -> DataSet:
    """Find out how a DICOM file is encoded (PS3.10 section 7.1).

    Raises
    ------
    RtstructError
        ``not_dicom``, ``invalid_dicom``, ``truncated_file``.
    """
    if data[128:132] != b"DICM":
        explicit = data[4:6] in LONG_VRS or data[4:6] in SHORT_VRS
        if data[:2] != b"\x08\x00":
            raise RtstructError("not_dicom", f"{name} is no DICOM file")
        return DataSet(data, 0, explicit, "<", name)
    meta = DataSet(data, 132, True, "<", name)
    start, syntax = 132, ""
    elements = iter(meta)
    # Look before each step: behind group 0002 the encoding is another one.
    while data[start : start + 2] == b"\x02\x00":
        element = next(elements)
        start = element.end
        if element.tag == TRANSFER_SYNTAX:
            syntax = meta.text(element)
    if syntax == DEFLATED:
        return DataSet(_inflate(data[start:], name), 0, True, "<", name)
    order = ">" if syntax == EXPLICIT_BIG else "<"
    return DataSet(data, start, syntax != IMPLICIT_LITTLE, order, name)


def _inflate(data: bytes, name: str) -> bytes:
    import zlib

    try:
        return zlib.decompress(data, -zlib.MAX_WBITS)
    except zlib.error as error:
        raise TruncatedError(
            "truncated_file", f"{name} cannot be inflated: {error}", "Copy or download it again"
        ) from error
