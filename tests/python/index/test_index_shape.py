"""The index has the columns of IDC's dicom_all, and says of real data what pydicom says."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from index_data import Indexer, ct, save, structure_set
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.index.run import IndexResult

    IndexOfShared = tuple[Indexer, IndexResult]

SEQUENCES = (
    "StructureSetROISequence",
    "RTROIObservationsSequence",
    "ReferencedFrameOfReferenceSequence",
    "ReferencedStudySequence",
    "ReferencedSeriesSequence",
)
STACKS = {
    "AcquisitionDate": "20240229", "AcquisitionTime": "101112.5", "ContentDate": "20240301",
    "ContentTime": "235959", "IrradiationEventUID": ["1.2.3", "1.2.4"],
    "ConvolutionKernel": ["B30f", "soft"], "KVP": "120", "TemporalPositionIdentifier": "2",
    "TemporalPositionIndex": 70000, "NumberOfTemporalPositions": "3", "TriggerTime": "12.5",
    "FrameReferenceTime": "0.0", "EchoTime": "4.6", "EchoNumbers": ["1"], "InversionTime": "900",
    "RepetitionTime": "2000", "FlipAngle": "15", "SequenceName": "ep_b1000", "DiffusionBValue": 1e3,
    "StackID": "1", "InStackPositionNumber": 4, "SamplesPerPixel": 1, "BitsAllocated": 16,
}  # fmt: skip
"""What tells the stacks of an image series apart, by keyword, each with a value of its kind."""
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
DUCKDB = {
    "STRING": "VARCHAR", "INTEGER": "BIGINT", "DATE": "DATE", "TIME": "TIME",
    "DATETIME": "TIMESTAMP", "FLOAT": "DOUBLE",
}  # fmt: skip


def _type(field: dict[str, Any]) -> str:
    if field["type"] == "RECORD":
        members = ", ".join(f'"{member["name"]}" {_type(member)}' for member in field["fields"])
        kind = f"STRUCT({members})"
    else:
        kind = DUCKDB[field["type"]]
    return kind + ("[]" if field["mode"] == "REPEATED" else "")


def test_every_column_of_idc_has_its_name_and_type(
    index: Indexer, folder: Path, shared_dicom: Path
) -> None:
    """The types of IDC, made into DuckDB's by hand here, hold what the index wrote."""
    import duckdb

    idc = shared_dicom.parent / "idc"
    fields = json.loads((idc / "dicom_all_rtstruct_columns.json").read_text())
    everything = json.loads((idc / "dicom_all_schema.json").read_text())
    images = {
        "Rows", "Columns", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient",
        "SliceThickness", "SpacingBetweenSlices", "PatientPosition", "ImageType",
        "NumberOfFrames", "TransferSyntaxUID", "InstanceNumber", "AcquisitionNumber",
        "GantryDetectorTilt", "BodyPartExamined", "SliceLocation", "SegmentationType", *STACKS,
    }  # fmt: skip
    fields += [field for field in everything if field["name"] in images - {"BodyPartExamined"}]
    index(folder)

    columns = ", ".join(f'"{field["name"]}" {_type(field)}' for field in fields)
    duckdb.sql(f"create or replace table expected ({columns})")
    expected = {row[0]: row[1] for row in duckdb.sql("describe expected").fetchall()}
    written = {
        row[0]: row[1]
        for row in duckdb.sql(f"describe from read_parquet('{index.path}')").fetchall()
    }
    assert expected.items() <= written.items()
    # Of a segment its colour is left out: numbers of two bytes, which nothing here asks for.
    assert set(written) - set(expected) == {
        "SegmentSequence", "file_path", "archive_member", "file_mtime_ns", "header_hash",
        "roi_contours", "frame_stacks", "registrations",
    }  # fmt: skip


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]
)
def test_what_tells_stacks_apart_is_read(index: Indexer, folder: Path, syntax: str) -> None:
    made = ct(**STACKS)
    made.file_meta.TransferSyntaxUID = syntax
    save(made, folder / "a")
    index(folder)

    (row,) = index.rows(", ".join(STACKS))
    assert row == STACKS | {
        "AcquisitionDate": datetime.date(2024, 2, 29),
        "AcquisitionTime": datetime.time(10, 11, 12, 500_000),
        "ContentDate": datetime.date(2024, 3, 1),
        "ContentTime": datetime.time(23, 59, 59),
    }


def test_every_file_of_the_real_data_is_accounted_for(
    index_of_shared: IndexOfShared, shared_dicom: Path
) -> None:
    index, result = index_of_shared
    dicom = {
        str(path): pydicom.dcmread(path, stop_before_pixels=True, force=True)
        for path in shared_dicom.rglob("*")
        if path.suffix.lower() == ".dcm"
    }
    outcomes = {row["file_path"]: row["outcome"] for row in index.files()}

    assert result.is_clean
    assert {path for path, outcome in outcomes.items() if outcome != "not_dicom"} == set(dicom)
    rows = {row["file_path"]: row for row in index.rows()}
    assert {row["SOPInstanceUID"] for row in rows.values()} == {
        header.SOPInstanceUID for header in dicom.values()
    }
    assert len(rows) == len({header.SOPInstanceUID for header in dicom.values()})
    for path, row in rows.items():
        header = dicom[path]
        for keyword in ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "Modality",
                        "FrameOfReferenceUID", "Rows", "Columns", "PatientPosition",
                        "Manufacturer", "SOPClassUID"):  # fmt: skip
            assert row[keyword] == _none_if_empty(header.get(keyword)), (path, keyword)
        for keyword in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient"):
            assert [float(value) for value in row[keyword]] == list(header.get(keyword) or [])
        assert row["ImageType"] == list(header.get("ImageType") or [])
        assert row["collection_id"] == "dicom"


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def test_nested_sequences_read_back_as_pydicom_reads_them(index_of_shared: IndexOfShared) -> None:
    index, _ = index_of_shared
    structure_sets = [row for row in index.rows() if row["Modality"] == "RTSTRUCT"]

    assert len(structure_sets) == 29
    for row in structure_sets:
        whole = pydicom.dcmread(row["file_path"], force=True)
        del whole.ROIContourSequence
        model = whole.to_json_dict()
        for keyword in SEQUENCES:
            assert row[keyword] == _items(model, keyword, row[keyword]), row["file_path"]


def _items(model: dict[str, Any], keyword: str, like: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A sequence of the DICOM JSON model, with the columns and kinds of values of ``like``."""
    items = _element(model, keyword).get("Value", [])
    assert len(items) == len(like)
    return [
        {name: _value(item, name, example) for name, example in row.items()}
        for item, row in zip(items, like, strict=True)
    ]


def _value(item: dict[str, Any], name: str, example: Any) -> Any:
    element = _element(item, name)
    values = element.get("Value", [])
    if element.get("vr") == "SQ":
        return _items(item, name, example)
    if isinstance(example, list):
        return [str(value) for value in values]
    if not values or values[0] in (None, ""):
        return None
    if element["vr"] in {"IS", "DS"}:
        # The JSON model has a number where the index keeps what was written.
        assert float(example) == values[0]
        return example
    return str(values[0])


def _element(item: dict[str, Any], name: str) -> dict[str, Any]:
    return next((element for tag, element in item.items() if keyword_for_tag(tag) == name), {})


def test_contour_facts_are_what_a_plain_count_gives(index_of_shared: IndexOfShared) -> None:
    index, _ = index_of_shared
    for row in index.rows():
        if row["Modality"] != "RTSTRUCT":
            assert row["roi_contours"] == []
            continue
        drawn = pydicom.dcmread(row["file_path"], force=True).get("ROIContourSequence") or []
        assert len(drawn) == len(row["roi_contours"])
        for item, facts in zip(drawn, row["roi_contours"], strict=True):
            contours = item.get("ContourSequence") or []
            heights = [z for contour in contours for z in _coordinates(contour)[2::3].tolist()]
            named = Counter(
                image.ReferencedSOPInstanceUID
                for contour in contours
                for image in contour.get("ContourImageSequence") or []
            )
            assert facts == {
                "ReferencedROINumber": str(int(item.ReferencedROINumber)),
                "item_count": int(len(contours) > 0),
                "contour_count": len(contours),
                "point_count": len(heights),
                "contour_geometric_types": sorted({c.ContourGeometricType for c in contours}),
                "enclosing_contour_count": sum(
                    c.ContourGeometricType == "CLOSED_PLANAR" and len(_coordinates(c)) > 6
                    for c in contours
                ),
                "point_contour_count": sum(
                    c.ContourGeometricType == "POINT" or len(_coordinates(c)) <= 6 for c in contours
                ),
                "untyped_contour_count": 0,
                "z_min_mm": min(heights, default=None),
                "z_max_mm": max(heights, default=None),
                "ROIDisplayColor": [str(int(v)) for v in item.get("ROIDisplayColor") or []],
                "image_sop_uids": sorted(named),
                "image_contour_counts": [named[uid] for uid in sorted(named)],
            }  # fmt: skip


def _coordinates(contour: Dataset) -> NDArray[np.float64]:
    # As text, because explicit VR has no room for more than 64 KB of DS: there it is UN.
    return np.fromstring(contour.get_item("ContourData").value.decode("ascii"), sep="\\")


def test_hashes_are_of_the_whole_structure_set_and_of_the_header_alone(
    index_of_shared: IndexOfShared,
) -> None:
    index, _ = index_of_shared
    for row in index.rows():
        content = Path(row["file_path"]).read_bytes()
        assert row["instance_size"] == len(content)
        if row["Modality"] == "RTSTRUCT":
            assert row["instance_hash"] == _md5(content)
            assert row["header_hash"] is None
        else:
            header = content[: content.index(b"\xe0\x7f\x10\x00")]
            assert row["header_hash"] == _md5(header)
            assert row["instance_hash"] is None


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_odd_contours_are_counted(index: Indexer, folder: Path) -> None:
    made = structure_set(names=("a", "b"))
    first, second = made.ROIContourSequence
    point = Dataset()
    point.ContourGeometricType = "POINT"
    point.ContourData = ["1", "2", "-7.5"]
    first.ContourSequence.append(point)
    without_data = Dataset()
    without_data.ContourGeometricType = "OPEN_PLANAR"
    again = Dataset()
    again.ReferencedROINumber = 1
    again.ContourSequence = [without_data]
    del second.ContourSequence
    made.ROIContourSequence.append(again)
    save(made, folder / "a")
    index(folder)

    (row,) = index.rows("roi_contours")
    one, two = row["roi_contours"]
    assert one["ReferencedROINumber"] == "1"
    assert (one["item_count"], one["contour_count"], one["point_count"]) == (2, 3, 4)
    assert one["contour_geometric_types"] == ["CLOSED_PLANAR", "OPEN_PLANAR", "POINT"]
    assert (one["z_min_mm"], one["z_max_mm"]) == (-7.5, 10)
    assert (two["contour_count"], two["point_count"], two["z_min_mm"]) == (0, 0, None)


@pytest.mark.parametrize("z", ["nan", "inf", "one", ""])
def test_coordinates_that_are_no_numbers(index: Indexer, folder: Path, z: str) -> None:
    made = structure_set()
    save(made, folder / "a")
    content = (folder / "a").read_bytes()
    old = b"0.0\\0.0\\10.0\\5.0\\0.0\\10.0\\0.0\\5.0\\10.0"
    assert content.count(old) == 1
    new = f"0\\0\\10\\5\\0\\{z}\\0\\5\\7".encode().ljust(len(old))
    assert len(new) == len(old)
    (folder / "a").write_bytes(content.replace(old, new))

    assert index(folder).is_clean
    (row,) = index.rows("roi_contours")
    assert (row["roi_contours"][0]["z_min_mm"], row["roi_contours"][0]["z_max_mm"]) == (7, 10)
