"""Walk the elements of a DICOM data set in memory, without turning values into objects.

The one reader of DICOM headers here: index and converter both see a file through it. A structure
set holds up to millions of numbers as text, and a folder up to millions of files; a general parser
makes an object of each element. Here a value is a range of bytes (PS3.5 sections 7.1 and 7.5:
explicit and implicit VR, little and big endian, defined and undefined lengths, deflated).

What is unusual is refused as ``invalid_dicom``; :mod:`rtstruct.dicom.repair` may still read it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

ITEM: Final = 0xFFFEE000
ITEM_END: Final = 0xFFFEE00D
SEQUENCE_END: Final = 0xFFFEE0DD
UNDEFINED: Final = 0xFFFFFFFF
EVERYTHING: Final = 1 << 32
"""Above every tag."""
# PS3.5 table 7.1-1: VRs whose length has four bytes, after two reserved ones.
LONG_VRS: Final = frozenset(
    [b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"]
)
SHORT_VRS: Final = frozenset(
    b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split()
)
_ENDS: Final = frozenset([ITEM_END, SEQUENCE_END, 0])
"""Tags that end a data set or item; 0 is that of the zeros that some files are filled up with."""
Readers: TypeAlias = "Mapping[int, Callable[[int, int, bool], int]]"
"""By tag, what :meth:`DataSet.end_of_items` is to be replaced by."""
_NO_READERS: Final[Readers] = {}


class _Heads(NamedTuple):
    """How elements begin in one byte order; VRs are compared as numbers, which is faster."""

    bare: Callable[[bytes, int], tuple[Any, ...]]
    """Tag and length of an item, or of an element without VR."""
    headed: Callable[[bytes, int], tuple[Any, ...]]
    """Tag, VR and length of an element."""
    long_length: Callable[[bytes, int], tuple[Any, ...]]
    short_vrs: frozenset[int]
    long_vrs: frozenset[int]


def _heads(order: str) -> _Heads:
    name: Literal["little", "big"] = "little" if order == "<" else "big"
    return _Heads(
        Struct(order + "HHI").unpack_from,
        Struct(order + "HHHH").unpack_from,
        Struct(order + "I").unpack_from,
        frozenset(int.from_bytes(vr, name) for vr in SHORT_VRS),
        frozenset(int.from_bytes(vr, name) for vr in LONG_VRS),
    )


_HEADS: Final = {order: _heads(order) for order in "<>"}


class TruncatedError(RtstructError):
    """The data end inside an element."""


class Element(NamedTuple):
    """Where the value of an element is."""

    tag: int
    start: int
    end: int
    explicit: bool
    """How the items inside are encoded."""
    is_delimited: bool = False
    """Whether its length is undefined: then the value is items, up to their delimiter."""


class Head(NamedTuple):
    """What an element begins with."""

    tag: int
    end: int | None
    """Where its value should end; None for an undefined length."""


class Scan(NamedTuple):
    """The elements of a data set or item, as far as they can be followed."""

    elements: dict[int, Element]
    """By tag; of two of one tag the last."""
    end: int
    """Where the scan ended: before a delimiter, padding, the tag to stop at, or damage."""
    problem: RtstructError | None
    """Why it cannot go on; None where all is well."""


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
    meta: dict[int, bytes] = field(default_factory=dict)
    """Values of the File Meta Information (group 0002), without padding."""
    is_deflated: bool = False
    """Whether ``data`` is what was inflated, not the bytes of the file."""
    ends: dict[int, int] = field(default_factory=dict)
    """Where sequences and items of undefined length end, by their start: each is sought once."""

    def __iter__(self) -> Iterator[Element]:
        return self.elements(self.start, len(self.data), self.explicit)

    def top(
        self,
        wanted: Container[int] | None = None,
        until: int = EVERYTHING,
        readers: Readers = _NO_READERS,
    ) -> Scan:
        """Scan the data set itself, not the items inside; see :meth:`scan`."""
        return self.scan(self.start, len(self.data), self.explicit, wanted, until, readers)

    def head(self, start: int) -> Head | None:
        """What the element at ``start`` begins with; None where the data end before."""
        data = self.data
        bare, headed, long_length, _, long_vrs = _HEADS[self.byte_order]
        if start + 8 > len(data):
            return None
        group, number, length = bare(data, start)
        tag, value = group << 16 | number, start + 8
        if self.explicit and looks_explicit(data, start):
            _, _, vr, length = headed(data, start)
            if vr in long_vrs:
                if value + 4 > len(data):
                    return None
                (length,) = long_length(data, value)
                value += 4
        return Head(tag, None if length == UNDEFINED else value + length)

    def elements(self, start: int, end: int, explicit: bool) -> Iterator[Element]:
        """Yield the elements of a data set or item, in the order of the file.

        Raises
        ------
        RtstructError
            ``truncated_file``, ``invalid_dicom``: when all before the damage were yielded.
        """
        found = self.scan(start, end, explicit)
        yield from found.elements.values()
        if found.problem is not None:
            raise found.problem

    def scan(
        self,
        start: int,
        end: int,
        explicit: bool,
        wanted: Container[int] | None = None,
        until: int = EVERYTHING,
        readers: Readers = _NO_READERS,
    ) -> Scan:
        """Find the ``wanted`` elements (None: all) of a data set or item, by tag.

        It ends before the first tag not below ``until``, a delimiter, or the zeros that some
        archives fill files up with. Where a sequence of undefined length ends is for the reader of
        its tag to say, if there is one: it reads on the way.
        """
        data = self.data
        found: dict[int, Element] = {}
        bare, headed, long_length, short_vrs, long_vrs = _HEADS[self.byte_order]
        last = end - 8
        new, kind = tuple.__new__, Element
        while start <= last:
            value = start + 8
            if explicit:
                group, number, vr, length = headed(data, start)
                tag = group << 16 | number
                if vr not in short_vrs:
                    if tag in _ENDS or tag >= until:
                        break
                    if vr in long_vrs:
                        if value + 4 > end:
                            return Scan(found, start, self.truncated())
                        (length,) = long_length(data, value)
                        value += 4
                    elif not b"AA" <= data[start + 4 : start + 6] <= b"ZZ":
                        # Some writers leave out the VR of an element here and there.
                        _, _, length = bare(data, start)
            else:
                group, number, length = bare(data, start)
                tag = group << 16 | number
                if tag in _ENDS:
                    break
            if tag >= until:
                break
            if length != UNDEFINED:
                stop = value + length
                if stop > end:
                    return Scan(found, start, self.truncated())
                if wanted is None or tag in wanted:
                    found[tag] = new(kind, (tag, value, stop, explicit, False))
            else:
                try:
                    stop = readers.get(tag, self.end_of_items)(value, end, explicit)
                except RtstructError as problem:
                    return Scan(found, start, problem)
                except RecursionError:
                    return Scan(found, start, self._damaged("sequences nested without end"))
                if wanted is None or tag in wanted:
                    found[tag] = Element(tag, value, stop - 8, explicit, True)
            start = stop
        else:
            # Less than an element is left: padding, or what was cut off.
            if any(data[start:end]):
                return Scan(found, start, self.truncated())
        return Scan(found, start, None)

    def items(self, sequence: Element) -> Iterator[Element]:
        """Yield the items of a sequence.

        Raises
        ------
        RtstructError
            ``truncated_file``, ``invalid_dicom``.
        """
        header = _HEADS[self.byte_order].bare
        start, end = sequence.start, sequence.end
        while start + 8 <= end:
            group, number, length = header(self.data, start)
            tag = group << 16 | number
            start += 8
            if tag == SEQUENCE_END:
                return
            if tag != ITEM:
                raise self._damaged(f"no item at byte {start - 8}")
            explicit = sequence.explicit and self._is_explicit(start)
            if length == UNDEFINED:
                stop = self._end_of_elements(start, end, explicit)
                yield Element(tag, start, stop - 8, explicit, True)
            else:
                stop = start + length
                if stop > end:
                    raise self.truncated()
                yield Element(tag, start, stop, explicit)
            start = stop
        if any(self.data[start:end]):
            raise self._damaged(f"no item at byte {start}")

    def walk(
        self, sequence: Element, wanted: Container[int], readers: Readers = _NO_READERS
    ) -> Iterator[dict[int, Element]]:
        """Yield the wanted elements of each item of a sequence, by tag.

        The bytes are gone through once, also those of items of undefined length. The end of the
        sequence need not be known: if its delimiter is met, ``ends`` has it afterwards.

        Raises
        ------
        RtstructError
            ``truncated_file``, ``invalid_dicom``.
        """
        header = _HEADS[self.byte_order].bare
        start, end = sequence.start, sequence.end
        while start + 8 <= end:
            group, number, length = header(self.data, start)
            tag = group << 16 | number
            start += 8
            if tag == SEQUENCE_END:
                self.ends[sequence.start] = start
                return
            if tag != ITEM:
                raise self._damaged(f"no item at byte {start - 8}")
            explicit = sequence.explicit and self._is_explicit(start)
            stop = end if length == UNDEFINED else start + length
            if stop > end:
                raise self.truncated()
            found = self.scan(start, stop, explicit, wanted, readers=readers)
            if found.problem is not None:
                raise found.problem
            yield found.elements
            start = self._behind_item(found.end, end) if length == UNDEFINED else stop
        if any(self.data[start:end]):
            raise self._damaged(f"no item at byte {start}")

    def inside(self, item: Element) -> Iterator[Element]:
        """Yield the elements of an item; raises as :meth:`elements` does."""
        return self.elements(item.start, item.end, item.explicit)

    def value(self, element: Element) -> bytes:
        """The raw value, without padding."""
        return self.data[element.start : element.end].strip(b" \0")

    def text(self, element: Element) -> str:
        """The value of an element of the default character repertoire."""
        return self.value(element).decode("ascii", "replace")

    def truncated(self) -> TruncatedError:
        """The error to raise where the data ends too early."""
        return TruncatedError(
            "truncated_file",
            f"{self.name} ends in the middle of an element",
        )

    def _damaged(self, what: str) -> RtstructError:
        return RtstructError("invalid_dicom", f"{self.name} is damaged: {what}")

    def _is_explicit(self, start: int) -> bool:
        """Whether the element here has a VR: items of an explicit data set may have none.

        So it is with unknown sequences (PS3.5 section 6.2.2, note 4), and some writers do it.
        """
        return looks_explicit(self.data, start)

    def end_of_items(self, start: int, end: int, explicit: bool) -> int:
        """Position behind the delimiter of a sequence of undefined length.

        Raises
        ------
        RtstructError
            ``truncated_file``, ``invalid_dicom``.
        """
        if start in self.ends:
            return self.ends[start]
        begin = start
        header = _HEADS[self.byte_order].bare
        while start + 8 <= end:
            group, number, length = header(self.data, start)
            tag = group << 16 | number
            start += 8
            if tag == SEQUENCE_END:
                self.ends[begin] = start
                return start
            if tag != ITEM:
                raise self._damaged(f"no item at byte {start - 8}")
            if length == UNDEFINED:
                start = self._end_of_elements(start, end, explicit and self._is_explicit(start))
            else:
                start += length
        raise self.truncated()

    def _end_of_elements(self, begin: int, end: int, explicit: bool) -> int:
        """Position behind the delimiter of an item of undefined length."""
        if begin in self.ends:
            return self.ends[begin]
        found = self.scan(begin, end, explicit, wanted=())
        if found.problem is not None:
            raise found.problem
        self.ends[begin] = self._behind_item(found.end, end)
        return self.ends[begin]

    def _behind_item(self, start: int, end: int) -> int:
        """Position behind the delimiter of an item, which should be at ``start``."""
        if start + 8 > end:
            raise self.truncated()
        group, number, _ = _HEADS[self.byte_order].bare(self.data, start)
        if group << 16 | number != ITEM_END:
            raise self._damaged(f"an item without end at byte {start}")
        return start + 8


def looks_explicit(data: bytes, start: int) -> bool:
    """Whether the element at ``start`` has a VR: two capital letters where else its length is.

    As pydicom does: without a VR the element would be more than 16 kB long.
    """
    vr = data[start + 4 : start + 6]
    return len(vr) < 2 or (0x40 < vr[0] < 0x5B and 0x40 < vr[1] < 0x5B)
