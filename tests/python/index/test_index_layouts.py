"""Whatever the layout, the extension, the container: a DICOM file is found and read."""

from __future__ import annotations

import os
import socket
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from index_data import Indexer, Rows, ct, dataset, save, structure_set
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    RTPlanStorage,
)

from rtstruct.index.file_outcomes import FoundFile
from rtstruct.index.files import read_batch


@pytest.mark.parametrize(
    "name", ["a.dcm", "a", "a.txt", "a.zip", "IM 1 ;'\"`$(x)", "é\n\t\x1b[31m"]
)
def test_any_name_is_read(index: Indexer, folder: Path, name: str) -> None:
    path = save(ct(), folder / "deep" / "er" / name)

    assert index(folder).is_clean
    assert index.rows("file_path, PatientID") == [{"file_path": str(path), "PatientID": "patient"}]


@pytest.mark.parametrize(("implicit", "little"), [(True, True), (False, True), (False, False)])
def test_a_file_without_preamble_is_read(
    index: Indexer, folder: Path, implicit: bool, little: bool
) -> None:
    made = structure_set()
    del made.file_meta
    made.save_as(folder / "old", implicit_vr=implicit, little_endian=little)

    assert index(folder).is_clean
    (row,) = index.rows("Modality, roi_contours, TransferSyntaxUID")
    assert row["Modality"] == "RTSTRUCT"
    assert row["roi_contours"][0]["point_count"] == 3
    assert row["TransferSyntaxUID"] is None


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
@pytest.mark.parametrize("make", [ct, structure_set])
def test_every_encoding_gives_the_same_row(
    index: Indexer, folder: Path, syntax: str, make: type
) -> None:
    save(make(), folder / "a")
    (expected,) = _without_place(index, folder)
    made = make()
    made.file_meta.TransferSyntaxUID = syntax
    (folder / "a").unlink()
    save(made, folder / "b")

    (row,) = _without_place(index, folder)
    assert row.pop("TransferSyntaxUID") == syntax
    del expected["TransferSyntaxUID"]
    assert row == expected


def test_a_zip_file_equals_its_folder(index: Indexer, folder: Path) -> None:
    for number in range(3):
        save(ct(f"1.2.{number}"), folder / "ct" / f"{number}.dcm")
    save(structure_set("1.2.9", ("a", "b")), folder / "rt" / "set")
    (folder / "notes.txt").write_text("no DICOM")
    archive = folder.parent / "cohort.bin"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for path in sorted(folder.rglob("*")):
            writer.write(path, path.relative_to(folder))
    assert index(folder).is_clean
    unpacked = index.rows()
    index.path.unlink()

    assert index(archive).is_clean
    packed = index.rows()
    assert {row["file_path"] for row in packed} == {str(archive)}
    assert [str(folder / row["archive_member"]) for row in packed] == [
        row["file_path"] for row in unpacked
    ]
    assert _comparable(packed) == _comparable(unpacked)
    assert index.outcomes()["notes.txt"] == "not_dicom"


def test_a_zip_without_dicom_and_other_files_are_counted_only(index: Indexer, folder: Path) -> None:
    (folder / "empty").touch()
    (folder / "text").write_text("\b is not group 8")
    (folder / "noise").write_bytes(bytes(range(256)) * 100)
    with zipfile.ZipFile(folder / "letter.docx", "w") as writer:
        writer.writestr("word/document.xml", "<xml/>")
    result = index(folder)

    assert result.is_clean
    assert index.rows() == []
    assert result.counts["files"] == 4
    assert result.counts["not_dicom"] == 4


def test_a_dicomdir_is_skipped(index: Indexer, folder: Path) -> None:
    save(dataset(MediaStorageDirectoryStorage, "1.2.7"), folder / "DICOMDIR")
    save(ct(), folder / "IM1")

    assert index(folder).is_clean
    assert index.outcomes() == {"DICOMDIR": "dicomdir", "IM1": "indexed"}


def test_objects_of_other_kinds_are_rows(index: Indexer, folder: Path) -> None:
    plan = dataset(RTPlanStorage, "1.2.7", Modality="RTPLAN", ApprovalStatus="APPROVED")
    plan.SeriesInstanceUID = "1.2.6"
    save(plan, folder / "p")

    assert index(folder).is_clean
    (row,) = index.rows()
    assert (row["Modality"], row["ApprovalStatus"]) == ("RTPLAN", "APPROVED")
    assert row["StructureSetROISequence"] == []
    assert row["roi_contours"] == []


def test_links_sockets_and_loops(index: Indexer, folder: Path) -> None:
    save(ct(), folder / "real" / "a")
    (folder / "real" / "up").symlink_to(folder)
    (folder / "again").symlink_to(folder / "real")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket"))
        result = index(folder)

    assert result.is_clean
    assert result.counts["files"] == 1


def test_pixel_data_is_not_read(folder: Path) -> None:
    path = save(ct(pixels=2048), folder / "a")
    file = FoundFile(str(path), path.stat().st_size, 0)
    read_batch([file])
    before = _bytes_read()
    batch = read_batch([file])

    assert b"1.2.3.1" in batch.rows
    assert _bytes_read() - before < 64 * 1024 < file.file_size / 100


def test_a_header_longer_than_the_first_read_is_whole(index: Indexer, folder: Path) -> None:
    made = ct(pixels=8, Rows=8)
    made.add_new(0x00091001, "OB", b"\1" * 300_000)
    made.SliceThickness = "2.5"
    path = save(made, folder / "a")

    assert index(folder).is_clean
    assert index.rows("SliceThickness, instance_size") == [
        {"SliceThickness": "2.5", "instance_size": path.stat().st_size}
    ]


def _bytes_read() -> int:
    counters = Path("/proc/self/io").read_text("ascii")
    return int(counters.split("rchar:")[1].split()[0])


def _without_place(index: Indexer, folder: Path) -> Rows:
    assert index(folder).is_clean
    return _comparable(index.rows())


def _comparable(rows: Rows) -> Rows:
    place = {"file_path", "archive_member", "file_mtime_ns", "collection_id", "collection_name"}
    content = {"instance_size", "instance_hash", "header_hash"}
    return [
        {name: value for name, value in row.items() if name not in place | content} for row in rows
    ]


def test_hostile_zip_members_stay_inside(index: Indexer, folder: Path) -> None:
    stream = BytesIO()
    ct().save_as(stream, enforce_file_format=True)
    with zipfile.ZipFile(folder / "z", "w") as writer:
        writer.writestr("../../outside.dcm", stream.getvalue())
    before = sorted(folder.parent.rglob("*.dcm"))

    assert index(folder).is_clean
    assert index.rows("archive_member") == [{"archive_member": "../../outside.dcm"}]
    assert sorted(folder.parent.rglob("*.dcm")) == before
