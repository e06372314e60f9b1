"""Pixels read where they lie, beside pydicom; what is not plain is left to it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom.data
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.pixels import pixel_array
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from rtstruct.dicom.plain_pixels import plain_pixels
from support.dicom_files import slice_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydicom.dataset import FileDataset

SHAPE = (4, 6)


def image(**changes: object) -> FileDataset:
    stored = np.random.default_rng(4).integers(0, 4096, SHAPE, dtype=np.uint16)
    elements: dict[str, object] = {
        "PixelData": stored.tobytes(),
        "SamplesPerPixel": 1,
        "BitsStored": 12,
        "HighBit": 11,
        "PhotometricInterpretation": "MONOCHROME2",
        "RescaleSlope": "2",
        "RescaleIntercept": "-1024.5",
    }
    dataset = slice_of(np.zeros(3), shape=SHAPE, **{**elements, **changes})
    dataset["PixelData"].VR = "OW"
    return dataset


def content(dataset: FileDataset, **how: object) -> bytes:
    stream = BytesIO()
    dataset.save_as(stream, **how)
    return stream.getvalue()


SIGNED = np.random.default_rng(4).integers(-2048, 2048, SHAPE, dtype=np.int16).tobytes()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"PixelRepresentation": 1, "PixelData": SIGNED},
        {"PixelRepresentation": 1, "PixelData": SIGNED, "BitsStored": 16, "HighBit": 15},
        {"PhotometricInterpretation": "MONOCHROME1"},
        {"RescaleSlope": " 1.25E-1 ", "RescaleIntercept": "-0 "},
    ],
)
@pytest.mark.parametrize("is_implicit", [False, True])
def test_the_same_as_pydicom(changes: dict[str, object], is_implicit: bool) -> None:
    dataset = image(**changes)
    if is_implicit:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    data = content(dataset, implicit_vr=is_implicit, little_endian=True)
    found, expected = plain_pixels(data), dcmread(BytesIO(data))
    assert found is not None
    assert found.stored.dtype == expected.pixel_array.dtype
    assert np.array_equal(found.stored, expected.pixel_array)
    assert (found.slope, found.intercept) == (expected.RescaleSlope, expected.RescaleIntercept)


def test_nothing_stated_is_nothing_done() -> None:
    dataset = image()
    del dataset.RescaleSlope, dataset.RescaleIntercept
    found = plain_pixels(content(dataset))
    assert found is not None
    assert (found.slope, found.intercept) == (1, 0)


def _big_endian(dataset: FileDataset) -> bytes:
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    stream = BytesIO()
    dcmwrite(stream, dataset, implicit_vr=False, little_endian=False)
    return stream.getvalue()


def _compressed(dataset: FileDataset) -> bytes:
    dataset.compress(RLELossless)
    return content(dataset)


def _as_bytes(dataset: FileDataset) -> bytes:
    dataset["PixelData"].VR = "OB"
    return content(dataset)


@pytest.mark.parametrize(
    ("changes", "save"),
    [
        ({}, _big_endian),
        ({}, _compressed),
        ({}, _as_bytes),
        ({}, lambda dataset: content(dataset)[132:]),
        ({}, lambda dataset: content(dataset)[:-3]),
        ({}, lambda dataset: content(dataset).replace(b"\x28\0\x10\0US", b"\x28\0\x10\0SQ")),
        ({"NumberOfFrames": "1"}, content),
        ({"SamplesPerPixel": 3}, content),
        ({"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}, content),
        ({"HighBit": 15}, content),
        ({"PixelData": bytes(2 * 4 * 6 - 2)}, content),
        ({"PixelData": bytes(2 * 4 * 6 + 2)}, content),
        # What lies beyond the bits in use is not a part of the number.
        ({"PixelData": b"\xff" * (2 * 4 * 6)}, content),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, content),
        ({"RescaleSlope": ["1", "2"]}, content),
        ({"RescaleSlope": None}, content),
    ],
)
def test_all_else_is_left_to_pydicom(
    changes: dict[str, object], save: Callable[[FileDataset], bytes]
) -> None:
    assert plain_pixels(save(image(**changes))) is None


def test_files_of_others() -> None:
    found = {}
    for path in Path(pydicom.data.__file__).parent.glob("test_files/*.dcm"):
        if pixels := plain_pixels(path.read_bytes()):
            found[path.name] = pixels
            assert np.array_equal(pixels.stored, pixel_array(dcmread(path, force=True))), path
    assert {"CT_small.dcm", "MR_small.dcm"} <= found.keys()
