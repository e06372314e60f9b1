"""Structure sets in every encoding, whole, damaged and cut off."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from rtstruct.dicom.structure_set import StructureSet, parse_structure_set
from rtstruct.errors import RtstructError
from support.dicom_files import FRAME, contour, slice_of, structure_set

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

CLOSED = ("CLOSED_PLANAR",)
TRIANGLE = np.array([[0.0, 0, 3], [8.5, 0, 3], [0, -7.25, 3]])
SYNTAXES = {
    "explicit little endian": ExplicitVRLittleEndian,
    "implicit little endian": ImplicitVRLittleEndian,
    "explicit big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
}


def three_rois() -> dict[tuple[int, str], list[Dataset] | None]:
    return {
        (7, "Lung"): [contour(TRIANGLE), contour(TRIANGLE + 1)],
        (2, "Lung"): [contour(TRIANGLE * 2)],
        (5, "Seed"): [contour(TRIANGLE[:1], "POINT")],
    }


def undefine_lengths(dataset: Dataset) -> None:
    for element in dataset:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                undefine_lengths(item)


def encode(
    dataset: Dataset, syntax: str = ExplicitVRLittleEndian, undefined: bool = False
) -> bytes:
    if undefined:
        undefine_lengths(dataset)
    dataset.file_meta.TransferSyntaxUID = syntax
    buffer = BytesIO()
    dcmwrite(
        buffer,
        dataset,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        enforce_file_format=True,
    )
    return buffer.getvalue()


def closed_points(found: StructureSet, number: int) -> np.ndarray:
    contours, unreadable = found.points(found.rois[number], CLOSED)
    assert unreadable == 0
    return contours.points_mm


@pytest.mark.parametrize("undefined", [False, True], ids=["defined lengths", "undefined lengths"])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_encoding_gives_the_same_contours(syntax: str, undefined: bool) -> None:
    data = encode(structure_set(three_rois()), SYNTAXES[syntax], undefined)
    found = parse_structure_set(data, "rt.dcm")
    assert sorted(found.rois) == [2, 5, 7]
    assert found.frames_of_reference == (FRAME,)
    assert found.rois[7].ReferencedFrameOfReferenceUID == FRAME
    assert np.array_equal(closed_points(found, 7), np.concatenate([TRIANGLE, TRIANGLE + 1]))
    assert np.array_equal(closed_points(found, 2), TRIANGLE * 2)
    points, _ = found.points(found.rois[5], ("POINT",))
    assert np.array_equal(points.points_mm, TRIANGLE[:1])


def test_a_file_without_preamble_is_read() -> None:
    data = encode(structure_set(three_rois()), ImplicitVRLittleEndian)
    whole = pydicom.dcmread(BytesIO(data))
    bare = BytesIO()
    whole.save_as(bare, implicit_vr=True, little_endian=True, enforce_file_format=False)
    start = bare.getvalue().index(b"\x08\x00\x05\x00")
    found = parse_structure_set(bare.getvalue()[start:], "rt.dcm")
    assert np.array_equal(closed_points(found, 2), TRIANGLE * 2)


def test_a_roi_without_contours_does_not_shift_the_names() -> None:
    rois = {(1, "absent"): None, (2, "empty"): [], **three_rois()}
    found = parse_structure_set(encode(structure_set(rois)), "rt.dcm")
    assert found.rois[1].contours == []
    assert np.array_equal(closed_points(found, 7)[:3], TRIANGLE)


@pytest.mark.parametrize(
    "text",
    [
        " 0 \\0\\ 3\\8.5\\0\\3 \\0\\-7.25\\3 ",
        "0.0\\0\\3\\+8.5\\0\\3\\0\\-725e-2\\3\0",
        "0\\0\\3\\8.5\\0\\3\\0\\-7.25\\3\\",
    ],
    ids=["blanks", "exponents", "trailing backslash"],
)
def test_numbers_as_the_standard_allows_them(text: str) -> None:
    found = with_contour_text(text)
    contours, unreadable = found.points(found.rois[1], CLOSED)
    assert unreadable == 0
    assert np.array_equal(contours.points_mm, np.concatenate([TRIANGLE, TRIANGLE * 2]))


@pytest.mark.parametrize(
    "text", ["1\\2", "a\\b\\c", "1,5\\2\\3", "nan\\1\\2", "1e999\\1\\2", "1e300\\1\\2", "1\\\\3"]
)
def test_an_unreadable_contour_costs_no_other(text: str) -> None:
    found = with_contour_text(text)
    contours, unreadable = found.points(found.rois[1], CLOSED)
    assert unreadable == 1
    assert np.array_equal(contours.points_mm, TRIANGLE * 2)


def with_contour_text(text: str) -> StructureSet:
    """A ROI of two contours; the first one's ContourData are ``text``."""
    marker = np.full((40, 3), 7.777777777)
    data = encode(structure_set({(1, "ROI"): [contour(marker), contour(TRIANGLE * 2)]}))
    old = b"\\".join([b"7.777777777"] * 120) + b" "
    assert old in data
    # As long as what it replaces, which needs no lengths mended; blanks are padding.
    return parse_structure_set(data.replace(old, text.encode().ljust(len(old))), "rt.dcm")


def test_contours_of_one_number_in_two_items_are_whose_is_not_known() -> None:
    dataset = structure_set(three_rois())
    dataset.ROIContourSequence[1].ReferencedROINumber = 7
    found = parse_structure_set(encode(dataset), "rt.dcm")
    assert found.repeated == {7}
    # An item without contours repeats nothing.
    del dataset.ROIContourSequence[1].ContourSequence
    assert not parse_structure_set(encode(dataset), "rt.dcm").repeated


def test_a_contour_that_was_cut_off_is_counted() -> None:
    marker = np.full((40, 3), 7.5)
    dataset = structure_set({(1, "ROI"): [contour(marker), contour(TRIANGLE), contour(TRIANGLE)]})
    items = dataset.ROIContourSequence[0].ContourSequence
    items[0].ContourData = items[0].ContourData[:-6]
    # One point less: the first one, said again at the end.
    items[1].NumberOfContourPoints = 4
    items[2].NumberOfContourPoints = "3 "
    found = parse_structure_set(encode(dataset), "rt.dcm")
    assert found.cut_short(found.rois[1].contours) == 1
    # So many digits that Python refuses them: no number, and no error.
    endless = [replace(drawn, stated=b"9" * 5000) for drawn in found.rois[1].contours]
    assert found.cut_short(endless) == 0


@pytest.mark.parametrize(
    ("vector", "is_offset"),
    [(["0", "0", "0"], False), (["0.0", "-0", "0E+05"], False), (["0", "0", "-1.5"], True)],
)
def test_a_contour_beside_what_it_stands_for_is_told(vector: list[str], is_offset: bool) -> None:
    dataset = structure_set({(7, "Lung"): [contour(TRIANGLE), contour(TRIANGLE + 1)]})
    dataset.ROIContourSequence[0].ContourSequence[1].ContourOffsetVector = vector
    found = parse_structure_set(encode(dataset), "rt.dcm")
    assert [drawn.is_offset for drawn in found.rois[7].contours] == [False, is_offset]


def test_a_roi_number_that_is_no_number_costs_no_other() -> None:
    data = encode(structure_set(three_rois())).replace(b"IS\x02\x007 ", b"IS\x02\x00x ")
    assert sorted(parse_structure_set(data, "rt.dcm").rois) == [2, 5]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_dicom"),
        (b"hello" * 100, "not_dicom"),
        (encode(slice_of(np.zeros(3))), "not_a_structure_set"),
        (encode(structure_set({}, ROIContourSequence=Sequence([]))), None),
    ],
    ids=["empty", "text", "image", "no ROIs"],
)
def test_other_files_are_told(data: bytes, code: str | None) -> None:
    if code is None:
        assert parse_structure_set(data, "rt.dcm").rois == {}
        return
    with pytest.raises(RtstructError) as caught:
        parse_structure_set(data, "rt.dcm")
    assert caught.value.code == code
    assert "rt.dcm" in caught.value.message


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_file_cut_off_anywhere_is_never_taken_for_whole(syntax: str, undefined: bool) -> None:
    data = encode(structure_set(three_rois()), SYNTAXES[syntax], undefined)
    for length in range(0, len(data) - 2, 7):
        with pytest.raises(RtstructError) as caught:
            parse_structure_set(data[:length], "rt.dcm")
        assert "\n" not in str(caught.value)


def test_sequences_nested_without_end_are_told() -> None:
    opening = b"\x06\x30\x39\x00SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    closing = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    meta = encode(structure_set({}))
    data = meta[: meta.index(opening[:6])] + 5000 * opening + 5000 * closing
    with pytest.raises(RtstructError, match=r"rt\.dcm is damaged") as caught:
        parse_structure_set(data, "rt.dcm")
    assert caught.value.code == "invalid_dicom"


WHOLE = [
    encode(structure_set(three_rois()), syntax, undefined)
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
    for undefined in (False, True)
]


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_damaged_bytes_never_raise_anything_else(data: st.DataObject) -> None:
    good = bytearray(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(132, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = parse_structure_set(bytes(good), "rt.dcm")
    except RtstructError:
        return
    for roi in found.rois.values():
        contours, _ = found.points(roi, (*CLOSED, "POINT"))
        assert contours.counts.sum() == len(contours.points_mm)


def test_numbers_are_those_of_pydicom(shared_dicom: Path) -> None:
    files = [*shared_dicom.glob("standalone/*.dcm"), *shared_dicom.glob("*/RTSTRUCT/*")]
    assert len(files) >= 17
    for file in files:
        expected = pydicom.dcmread(file, force=True)
        found = parse_structure_set(file.read_bytes(), str(file))
        numbers = {int(item.ROINumber) for item in expected.StructureSetROISequence}
        assert set(found.rois) == numbers
        for item in expected.ROIContourSequence:
            roi = found.rois[int(item.ReferencedROINumber)]
            drawn = item.get("ContourSequence", [])
            types = {contour.ContourGeometricType for contour in drawn}
            assert [c.ContourGeometricType for c in roi.contours] == [
                contour.ContourGeometricType for contour in drawn
            ]
            points, unreadable = found.points(roi, types)
            assert unreadable == 0
            values = [contour.ContourData for contour in drawn[:20]]
            # One of the files gives its contours as VR UN, which pydicom leaves alone.
            texts = [v.decode().split("\\") if isinstance(v, bytes) else v for v in values]
            flat = [float(number) for text in texts for number in text]
            assert points.points_mm.ravel()[: len(flat)].tolist() == flat
