"""Files that do not begin as the standard says, or state another encoding than their own."""

from __future__ import annotations

import json
from struct import pack
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from rtstruct.dicom.file_format import open_data_set
from rtstruct.dicom.image_head import read_head
from rtstruct.dicom.structure_set import parse_structure_set
from rtstruct.index.file_outcomes import FoundFile
from rtstruct.index.files import read_batch
from support.dicom_files import SERIES, contour, slice_of, structure_set

if TYPE_CHECKING:
    from pathlib import Path

TRIANGLE = np.array([[0.0, 0, 3], [8.5, 0, 3], [0, -7.25, 3]])
LONG = ("OB", "OW", "SQ", "UN", "UT")
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
BIG, DEFLATED, JPEG = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.70"

PREAMBLES = {"preamble": bytes(128) + b"DICM", "no preamble": b""}
STATED = [None, "", IMPLICIT, EXPLICIT, BIG, DEFLATED, JPEG]
"""Transfer syntax; none without File Meta Information, empty for one that states none."""
BODIES = {
    "implicit": (False, False, "<"),
    "explicit": (True, True, "<"),
    "explicit, items implicit": (True, False, "<"),
    "big endian": (True, True, ">"),
}


def encoded(dataset: Dataset, explicit: bool, items_explicit: bool, order: str) -> bytes:
    """A data set: whether it and the items inside state VRs, and the order of bytes."""
    parts = []
    for element in dataset:
        if element.VR == "SQ":
            items = [encoded(item, items_explicit, items_explicit, order) for item in element.value]
            value = b"".join(
                pack(order + "HHI", 0xFFFE, 0xE000, len(item)) + item for item in items
            )
        else:
            stream = DicomBytesIO()
            stream.is_implicit_VR, stream.is_little_endian = True, order == "<"
            alone = Dataset()
            alone.add(element)
            write_dataset(stream, alone)
            value = stream.getvalue()[8:]
        head = pack(order + "HH", element.tag.group, element.tag.element)
        if not explicit:
            head += pack(order + "I", len(value))
        elif element.VR in LONG:
            head += element.VR.encode() + pack(order + "HI", 0, len(value))
        else:
            head += element.VR.encode() + pack(order + "H", len(value))
        parts.append(head + value)
    return b"".join(parts)


def file_meta(syntax: str | None) -> bytes:
    if syntax is None:
        return b""
    meta = Dataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    if syntax:
        meta.TransferSyntaxUID = syntax
    return encoded(meta, True, True, "<")


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("stated", STATED)
@pytest.mark.parametrize("preamble", PREAMBLES)
def test_what_the_bytes_show_counts_more_than_what_is_stated(
    tmp_path: Path, preamble: str, stated: str | None, body: str
) -> None:
    image = slice_of(np.array([0.0, 0, 3]), PatientID="Anonymous")
    del image.PixelData
    drawn = structure_set({(7, "Lung"): [contour(TRIANGLE)], (2, "Heart"): [contour(TRIANGLE * 2)]})
    image.StudyInstanceUID = drawn.StudyInstanceUID = "1.2.3"
    drawn.SeriesInstanceUID = "1.2.4"
    begin = PREAMBLES[preamble] + file_meta(stated)
    ct, rt = tmp_path / "ct", tmp_path / "rt"
    ct.write_bytes(begin + encoded(image, *BODIES[body]))
    rt.write_bytes(begin + encoded(drawn, *BODIES[body]))

    batch = read_batch([FoundFile(str(path), path.stat().st_size, 0) for path in (ct, rt)])
    of_image, of_drawn = (json.loads(row) for row in batch.rows.splitlines())
    assert b'"code"' not in batch.verdicts
    assert (of_image["PatientID"], of_image["Rows"], of_image["Columns"]) == ("Anonymous", 26, 30)
    assert [roi["ROIName"] for roi in of_drawn["StructureSetROISequence"]] == ["Lung", "Heart"]
    assert [roi["point_count"] for roi in of_drawn["roi_contours"]] == [3, 3]
    heights = {roi["ReferencedROINumber"]: roi["z_max_mm"] for roi in of_drawn["roi_contours"]}
    assert heights == {"7": 3.0, "2": 6.0}

    head = read_head(str(ct))
    assert (head.SOPInstanceUID, head.SeriesInstanceUID) == (image.SOPInstanceUID, SERIES)
    assert [(frame.rows, frame.columns) for frame in head.frames] == [(26, 30)]
    found = parse_structure_set(rt.read_bytes(), "rt")
    contours, unreadable = found.points(found.rois[7], ("CLOSED_PLANAR",))
    assert unreadable == 0
    assert np.array_equal(contours.points_mm, TRIANGLE)


def test_elements_without_a_vr_and_of_an_unknown_one_are_passed_over() -> None:
    meta = PREAMBLES["preamble"] + file_meta(EXPLICIT)
    first = b"\x08\0\x16\0UI\x02\x001\0"
    without = b"\x09\0\x10\x10" + pack("<I", 4) + b"abcd"
    unknown = b"\x09\0\x11\x10ZZ" + pack("<H", 4) + b"abcd"
    last = b"\x10\0\x20\0LO\x02\0P1"

    data_set = open_data_set(meta + first + without + unknown + last, "x")

    values = {element.tag: data_set.value(element) for element in data_set}
    assert values[0x00100020] == b"P1"
    assert values[0x00091010] == values[0x00091011] == b"abcd"
