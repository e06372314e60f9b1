"""Text in any character set, values that break their own rules: kept as faithfully as can be."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_data import Indexer, ct, save, structure_set
from pydicom.charset import python_encoding

from rtstruct.index.charset import decode

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

NO_CHARSETS = ("utf_7", "unicode_escape", "utf_16_le", "idna", "punycode")
"""What Python can decode, but the standard does not know."""


def _patched(made: Dataset, old: bytes, new: bytes, path: Path) -> None:
    """Save with other bytes of the same length: what pydicom itself would refuse to write."""
    save(made, path)
    content = path.read_bytes()
    assert content.count(old) == 1
    assert len(old) == len(new)
    path.write_bytes(content.replace(old, new))


def _name(index: Indexer, folder: Path) -> Any:
    assert index(folder).is_clean
    (row,) = index.rows("StructureSetROISequence[1].ROIName as ROIName")
    return row["ROIName"]


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("ISO_IR 192", "Hígado 肝臓 Печень"),
        ("ISO_IR 100", "Schädel"),
        ("ISO_IR 144", "Лёгкое левое"),
        ("GB18030", "左肺"),
        ("GBK", "脊髓"),
        (["", "ISO 2022 IR 87"], "右肺 Lung"),
        (["ISO 2022 IR 6", "ISO 2022 IR 149"], "왼쪽 폐"),
        ("ISO_IR 13", "ﾊｲ"),
    ],
)
def test_a_name_in_its_character_set(
    index: Indexer, folder: Path, charset: str | list[str], name: str
) -> None:
    save(structure_set(names=(name,), SpecificCharacterSet=charset), folder / "a")

    assert _name(index, folder) == name


def test_the_character_set_of_an_item_counts_within_it(index: Indexer, folder: Path) -> None:
    made = structure_set(names=("Größe",), SpecificCharacterSet="ISO_IR 192", PatientID="ö")
    made.StructureSetROISequence[0].SpecificCharacterSet = "ISO_IR 100"
    save(made, folder / "a")

    assert _name(index, folder) == "Größe"
    (row,) = index.rows()
    assert row["PatientID"] == "ö"
    assert row["SpecificCharacterSet"] == ["ISO_IR 192"]
    assert row["StructureSetROISequence"][0]["SpecificCharacterSet"] == ["ISO_IR 100"]


@pytest.mark.parametrize("charset", [None, "", "ISO_IR 6", "no such set"])
@pytest.mark.parametrize("codec", ["utf-8", "latin-1"])
def test_text_without_a_valid_character_set(
    index: Indexer, folder: Path, charset: str | None, codec: str
) -> None:
    written = "Schädel".encode(codec)
    made = structure_set(names=("x" * len(written),))
    if charset is not None:
        made.SpecificCharacterSet = charset
    _patched(made, b"x" * len(written), written, folder / "a")

    assert _name(index, folder) == "Schädel"


def test_bytes_that_are_no_text_are_replaced(index: Indexer, folder: Path) -> None:
    made = structure_set(names=("Lung?!__",), SpecificCharacterSet="ISO_IR 192")
    _patched(made, b"Lung?!__", b"Lung\xff\0ok", folder / "a")

    assert _name(index, folder) == "Lung\ufffd\ufffdok"


@given(
    value=st.binary(max_size=40), charset=st.sampled_from([*sorted(python_encoding), *NO_CHARSETS])
)
@settings(max_examples=500, deadline=None)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_any_bytes_decode(value: bytes, charset: str) -> None:
    for stated in (charset, f"{charset}\\ISO 2022 IR 87"):
        decode(value, stated.encode()).encode()


@pytest.mark.parametrize("charset", NO_CHARSETS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_encoding_that_only_python_knows_is_none(
    index: Indexer, folder: Path, charset: str
) -> None:
    """A lone surrogate, which no database holds: written in UTF-7, escaped, or as UTF-16."""
    names = {"utf_7": b"+2AA-", "unicode_escape": b"\\ud800", "utf_16_le": b"\0\xd8a\0"}
    written = names.get(charset, b"+2AA-").ljust(8)
    save(ct(), folder / "other")
    made = structure_set(names=("x" * 8,), SpecificCharacterSet="ISO 2022 IR 100")
    _patched(made, b"x" * 8, written, folder / "a")
    content = (folder / "a").read_bytes()
    stated = b"ISO 2022 IR 100 "
    assert content.count(stated) == 1
    (folder / "a").write_bytes(content.replace(stated, charset.encode().ljust(len(stated))))

    assert index(folder).is_clean
    rows = {row["Modality"]: row for row in index.rows()}
    (roi,) = rows["RTSTRUCT"]["StructureSetROISequence"]
    expected = written.decode("latin-1").rstrip(" \0").replace("\0", "\ufffd")
    assert roi["ROIName"] == expected


@pytest.mark.parametrize(
    "name",
    ["'; drop table x; --", "a\\b", "  lead", "<script>", "a,b;c", "../../etc", "=1+1", "{{x}}"],
)
def test_a_hostile_name_is_kept(index: Indexer, folder: Path, name: str) -> None:
    made = structure_set(names=("x" * len(name),))
    _patched(made, b"x" * len(name), name.encode(), folder / "a")

    assert _name(index, folder) == name


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"20240229", datetime.date(2024, 2, 29)),
        (b"2024.2.1", None),
        (b"20230229", None),
        (b"00000000", None),
        (b"unknown ", None),
        (b"        ", None),
    ],
)
def test_dates(
    index: Indexer, folder: Path, written: bytes, expected: datetime.date | None
) -> None:
    _patched(ct(pixels=4, StudyDate="19990101"), b"19990101", written, folder / "a")

    index(folder)
    assert index.rows("StudyDate") == [{"StudyDate": expected}]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"101112.123456", datetime.time(10, 11, 12, 123456)),
        (b"101112.5     ", datetime.time(10, 11, 12, 500000)),
        (b"1011         ", datetime.time(10, 11)),
        (b"10:11:12     ", datetime.time(10, 11, 12)),
        (b"250000       ", None),
        (b"noon         ", None),
    ],
)
def test_times(
    index: Indexer, folder: Path, written: bytes, expected: datetime.time | None
) -> None:
    _patched(ct(pixels=4, SeriesTime="235959.999999"), b"235959.999999", written, folder / "a")

    index(folder)
    assert index.rows("SeriesTime") == [{"SeriesTime": expected}]


def test_numbers_stay_as_written(index: Indexer, folder: Path) -> None:
    made = ct(
        pixels=4, SliceThickness="8.888", InstanceNumber="7777", PixelSpacing=["0.50", "5e-1"]
    )
    save(made, folder / "a")
    content = (folder / "a").read_bytes()
    (folder / "a").write_bytes(content.replace(b"8.888", b"3 mm ").replace(b"7777", b" 01 "))

    index(folder)
    assert index.rows("SliceThickness, InstanceNumber, PixelSpacing, Rows") == [
        {
            "SliceThickness": "3 mm",
            "InstanceNumber": "01",
            "PixelSpacing": ["0.50", "5e-1"],
            "Rows": 4,
        }
    ]


def test_roi_numbers_join_whatever_their_padding(index: Indexer, folder: Path) -> None:
    made = structure_set()
    made.StructureSetROISequence[0].ROINumber = "1234"
    _patched(made, b"1234", b"  1 ", folder / "a")

    index(folder)
    (row,) = index.rows()
    assert row["StructureSetROISequence"][0]["ROINumber"] == "1"
    assert row["roi_contours"][0]["ReferencedROINumber"] == "1"


def test_empty_values_are_null_and_absent_lists_are_empty(index: Indexer, folder: Path) -> None:
    save(structure_set(names=("",), StructureSetLabel="", SoftwareVersions=""), folder / "a")

    index(folder)
    (row,) = index.rows()
    assert row["StructureSetROISequence"][0]["ROIName"] is None
    assert row["StructureSetLabel"] is None
    assert row["SoftwareVersions"] == []
    assert row["ReferencedFrameOfReferenceSequence"] == []
    assert row["RTROIObservationsSequence"] == []
