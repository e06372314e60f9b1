"""The pixels of the plainest images, where they lie in the file; all others are left to pydicom.

Plain is an uncompressed slice of one sample of 16 bits: nearly every CT, MR and PET. To take its
header apart and decode it takes pydicom ten times as long, for hundreds of slices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rtstruct.dicom.file_format import IMPLICIT_LITTLE, TRANSFER_SYNTAX_UID, open_data_set
from rtstruct.dicom.image_head import (
    COLUMNS,
    NUMBER_OF_FRAMES,
    PER_FRAME_FUNCTIONAL_GROUPS,
    ROWS,
    SHARED_FUNCTIONAL_GROUPS,
)
from rtstruct.dicom.numbers import decimal, unsigned
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.dicom.elements import DataSet, Element

_EXPLICIT_LITTLE = b"1.2.840.10008.1.2.1"
_SAMPLES_PER_PIXEL = 0x00280002
_PHOTOMETRIC_INTERPRETATION = 0x00280004
_BITS_ALLOCATED = 0x00280100
_BITS_STORED = 0x00280101
_HIGH_BIT = 0x00280102
_PIXEL_REPRESENTATION = 0x00280103
_RESCALE_INTERCEPT = 0x00281052
_RESCALE_SLOPE = 0x00281053
_PIXEL_DATA = 0x7FE00010
_NUMBERS = (
    *(_SAMPLES_PER_PIXEL, ROWS, COLUMNS, _BITS_ALLOCATED, _BITS_STORED, _HIGH_BIT),
    _PIXEL_REPRESENTATION,
)
# With any of these an image has frames, or pixels of another kind.
_NOT_PLAIN = frozenset(
    {
        *(NUMBER_OF_FRAMES, SHARED_FUNCTIONAL_GROUPS, PER_FRAME_FUNCTIONAL_GROUPS),
        *(0x7FE00001, 0x7FE00002, 0x7FE00008, 0x7FE00009),
    }
)
_WANTED = _NOT_PLAIN | {
    *(*_NUMBERS, _PHOTOMETRIC_INTERPRETATION, _RESCALE_INTERCEPT, _RESCALE_SLOPE, _PIXEL_DATA)
}
_BITS = 16


class PlainPixels(NamedTuple):
    """What is stored, and what it is to be multiplied by and then added to."""

    stored: NDArray[np.integer[Any]]
    """(rows, columns)."""
    slope: float
    intercept: float


def plain_pixels(data: bytes) -> PlainPixels | None:
    """The pixels of a file; None if anything about it is unusual or damaged."""
    if data[128:132] != b"DICM":
        return None
    try:
        data_set = open_data_set(data, "It")
    except RtstructError:
        return None
    syntax = data_set.meta.get(TRANSFER_SYNTAX_UID)
    stated = {IMPLICIT_LITTLE: False, _EXPLICIT_LITTLE: True}
    if data_set.byte_order != "<" or stated.get(syntax or b"") is not data_set.explicit:
        return None
    found = data_set.top(_WANTED)
    if found.problem is not None or _NOT_PLAIN & found.elements.keys():
        return None
    return _of_elements(data_set, found.elements)


def _of_elements(data_set: DataSet, elements: dict[int, Element]) -> PlainPixels | None:
    numbers = [_number(data_set, elements.get(tag)) for tag in _NUMBERS]
    samples, rows, columns, allocated, bits, high, is_signed = numbers
    if not rows or not columns or not bits or is_signed not in (0, 1):
        return None
    if (samples, allocated, high) != (1, _BITS, bits - 1):
        return None
    photometric = _value(data_set, elements.get(_PHOTOMETRIC_INTERPRETATION), b"CS")
    pixels = elements.get(_PIXEL_DATA)
    if (
        photometric not in (b"MONOCHROME1", b"MONOCHROME2")
        or pixels is None
        or pixels.is_delimited
        or (data_set.explicit and data_set.data[pixels.start - 8 : pixels.start - 6] != b"OW")
        or pixels.end - pixels.start != 2 * rows * columns
    ):
        return None
    slope, intercept = 1.0, 0.0
    if _RESCALE_SLOPE in elements:
        slope = _decimal(data_set, elements[_RESCALE_SLOPE])
    if _RESCALE_INTERCEPT in elements:
        intercept = _decimal(data_set, elements[_RESCALE_INTERCEPT])
    if not (np.isfinite(slope) and np.isfinite(intercept)):
        return None
    kind = "<i2" if is_signed else "<u2"
    stored = np.frombuffer(data_set.data, kind, rows * columns, pixels.start)
    if bits < _BITS:
        # Bits that are not in use may hold something else.
        low, high = (-(1 << bits - 1), 1 << bits - 1) if is_signed else (0, 1 << bits)
        if stored.min() < low or stored.max() >= high:
            return None
    return PlainPixels(stored.reshape(rows, columns), slope, intercept)


def _value(data_set: DataSet, element: Element | None, representation: bytes) -> bytes | None:
    """The raw value of an element of a short representation, if it is that one."""
    if element is None or element.is_delimited:
        return None
    if data_set.explicit and data_set.data[element.start - 4 : element.start - 2] != representation:
        return None
    return data_set.value(element)


def _number(data_set: DataSet, element: Element | None) -> int | None:
    if _value(data_set, element, b"US") is None or element is None:
        return None
    return unsigned(data_set.data[element.start : element.end], "<")


def _decimal(data_set: DataSet, element: Element) -> float:
    """A Decimal String; not a number where pydicom is to say what it is."""
    number = decimal(_value(data_set, element, b"DS") or b"")
    return np.nan if number is None else number
