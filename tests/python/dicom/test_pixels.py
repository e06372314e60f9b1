"""Stored values rescaled, beside exact arithmetic on Python's own numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rtstruct.dicom.pixels import read_voxels
from rtstruct.dicom.source_frames import SourceFrame
from support.dicom_files import slice_of

if TYPE_CHECKING:
    from pathlib import Path

ROWS, COLUMNS = 4, 6
LIMITS = {16: 2**15 - 1, 32: 2**31 - 1}


def values(stored: np.dtype, low: int, high: int) -> np.ndarray:
    """Both ends and what lies between them."""
    drawn = np.random.default_rng(5).integers(low, high, (ROWS, COLUMNS), stored, endpoint=True)
    drawn[0, :2] = low, high
    return drawn


def frame_of(
    folder: Path, name: str, stored: np.ndarray, slope: str, intercept: str
) -> SourceFrame:
    bits = 8 * stored.dtype.itemsize
    dataset = slice_of(
        (0, 0, 0), Rows=ROWS, Columns=COLUMNS, PixelData=stored.tobytes(), SamplesPerPixel=1,
        BitsAllocated=bits, BitsStored=bits, HighBit=bits - 1,
        PixelRepresentation=int(stored.dtype.kind == "i"),
        PhotometricInterpretation="MONOCHROME2", RescaleSlope=slope, RescaleIntercept=intercept,
    )  # fmt: skip
    path = folder / f"{name}.dcm"
    dataset.save_as(path)
    return SourceFrame(str(path), None, "", None)


@pytest.mark.parametrize(
    ("kind", "low", "high", "slope", "intercept", "expected"),
    [
        ("u1", 0, 255, "1", "-1024", "int16"),
        ("<u2", 0, 4095, "1", "-1024", "int16"),
        # Stored values and the intercept are beyond what the result needs, the result is not.
        ("<u2", 40000, 65535, "1", "-40000", "int16"),
        ("<u2", 60000, 65535, "5", "-300000", "int16"),
        ("<i2", -32768, 32767, "1", "0", "int16"),
        ("<i2", -32768, 32767, "-1", "-1", "int16"),
        ("<i2", -32768, 32767, "-1", "0", "int32"),
        ("<u2", 0, 65535, "1", "0", "int32"),
        ("<u2", 0, 65535, "32767", "-5", "int32"),
        ("<u4", 4294967290, 4294967295, "1", "-4294967296", "int16"),
        ("<u4", 0, 4294967295, "1", "0", "float32"),
        ("<i4", -2147483648, 2147483647, "1", "1", "float32"),
        ("<i4", 0, 7, "0", "9000000000", "float32"),
        ("<u2", 0, 4095, "0.25", "-1024", "float32"),
        ("<u2", 0, 4095, "1", "-0.5", "float32"),
    ],
)
def test_values_are_rescaled_exactly_in_the_smallest_kind_that_holds_them(
    tmp_path: Path, kind: str, low: int, high: int, slope: str, intercept: str, expected: str
) -> None:
    stored = values(np.dtype(kind), low, high)
    voxels = read_voxels([frame_of(tmp_path, "only", stored, slope, intercept)])
    assert voxels.dtype.name == expected
    exact = [Fraction(slope) * int(value) + Fraction(intercept) for value in stored.flat]
    assert (
        voxels.ravel().tolist() == [float(np.float32(float(one))) for one in exact]
        if (expected == "float32")
        else exact
    )


def test_a_slice_without_an_image_has_the_lowest_value_and_kinds_of_number_meet(
    tmp_path: Path,
) -> None:
    small = np.full((ROWS, COLUMNS), 7, np.dtype("<i2"))
    large = np.full((ROWS, COLUMNS), 65535, np.dtype("<u2"))
    frames = [
        frame_of(tmp_path, "a", small, "1", "-20"),
        None,
        frame_of(tmp_path, "b", large, "1", "0"),
    ]
    voxels = read_voxels(frames)
    assert voxels.dtype == np.int32
    assert [set(plane.ravel().tolist()) for plane in voxels] == [{-13}, {-13}, {65535}]
