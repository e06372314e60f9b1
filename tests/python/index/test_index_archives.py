"""Archives of every kind: read where they can be, named where not; none without end."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from index_data import Indexer, ct, structure_set
from pydicom.data import get_testdata_file

from rtstruct.dicom.image_head import read_head
from rtstruct.dicom.source import read_bytes
from rtstruct.errors import RtstructError
from rtstruct.index import files
from rtstruct.limits import LARGEST_OBJECT

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset


def _bytes(made: Dataset) -> bytes:
    stream = BytesIO()
    made.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _tar(path: Path, mode: str) -> None:
    """Two slices of which one lies deep, a link, a text, and another slice under a name again."""
    with tarfile.open(path, mode) as writer:
        for name, content in (
            ("a/b/1.dcm", _bytes(ct("1.2.1"))),
            ("readme.txt", b"hello"),
            ("2.dcm", _bytes(ct("1.2.2"))),
            ("2.dcm", _bytes(ct("1.2.3"))),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            writer.addfile(member, BytesIO(content))
        link = tarfile.TarInfo("link.dcm")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        writer.addfile(link)


@pytest.mark.parametrize(
    ("name", "mode"), [("x.tar", "w"), ("x.tgz", "w:gz"), ("X.TAR.GZ", "w:gz")]
)
def test_a_tar_file_is_read_as_a_folder(index: Indexer, folder: Path, name: str, mode: str) -> None:
    _tar(folder / name, mode)

    result = index(folder)

    assert result.is_clean
    rows = {row["archive_member"]: row["SOPInstanceUID"] for row in index.rows()}
    assert rows == {"a/b/1.dcm": "1.2.1", "2.dcm": "1.2.2"}
    assert index.outcomes()["readme.txt"] == "not_dicom"
    for member, uid in rows.items():
        # The converter reads the same bytes, in any order.
        assert read_bytes(str(folder / name), member) == _bytes(ct(uid))
        assert read_head(str(folder / name), member).SOPInstanceUID == uid


def test_a_file_that_gzip_compressed_is_read(index: Indexer, folder: Path) -> None:
    content = _bytes(structure_set("1.2.4"))
    (folder / "rt.dcm.gz").write_bytes(gzip.compress(content))
    (folder / "mask.nii.gz").write_bytes(gzip.compress(b"n+1" * 1000))

    assert index(folder).is_clean
    (row,) = index.rows()
    assert (row["archive_member"], row["instance_size"]) == ("rt.dcm", len(content))
    assert read_bytes(row["file_path"], row["archive_member"]) == content
    assert index.outcomes()["mask.nii.gz"] == "not_dicom"


def test_archives_that_are_not_read_are_named(index: Indexer, folder: Path) -> None:
    content = _bytes(ct())
    (folder / "a.tar.bz2").write_bytes(bz2.compress(content))
    (folder / "b.dcm.xz").write_bytes(lzma.compress(content))
    (folder / "c.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(40))
    (folder / "d.rar").write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(40))
    (folder / "e.zst").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(40))

    result = index(folder)

    assert {problem["code"] for problem in result.problems} == {"unsupported_archive"}
    assert len(result.problems) == 5
    assert all("npack it" in problem["hint"] for problem in result.problems)


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])
def test_a_damaged_member_costs_that_member(index: Indexer, folder: Path, how: int) -> None:
    with zipfile.ZipFile(folder / "z.zip", "w", how) as writer:
        writer.writestr("bad.dcm", _bytes(ct("1.2.1")))
        writer.writestr("good.dcm", _bytes(ct("1.2.2")))
    content = bytearray((folder / "z.zip").read_bytes())
    start = content.index(b"bad.dcm") + 7
    content[start : start + 60] = b"\x55" * 60
    (folder / "z.zip").write_bytes(content)

    (problem,) = index(folder).problems

    assert (problem["archive_member"], problem["code"]) == ("bad.dcm", "bad_archive")
    assert [row["archive_member"] for row in index.rows()] == ["good.dcm"]
    with pytest.raises(RtstructError) as caught:
        read_bytes(str(folder / "z.zip"), "bad.dcm")
    assert caught.value.code == "unreadable_file"


def test_a_cut_gzip_is_named(index: Indexer, folder: Path) -> None:
    (folder / "cut.dcm.gz").write_bytes(gzip.compress(_bytes(ct()))[:-100])

    assert [problem["code"] for problem in index(folder).problems] == ["bad_archive"]


def test_what_inflates_without_end_is_refused(index: Indexer, folder: Path) -> None:
    """A structure set with more than a gigabyte of zeros behind it, in a few megabytes."""
    chunk = bytes(1 << 24)
    rest = LARGEST_OBJECT // len(chunk) + 2
    with (
        zipfile.ZipFile(folder / "z.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as writer,
        writer.open("rt.dcm", "w", force_zip64=True) as member,
    ):
        member.write(_bytes(structure_set()))
        for _ in range(rest):
            member.write(chunk)
    with gzip.open(folder / "rt.dcm.gz", "wb", compresslevel=1) as stream:
        stream.write(_bytes(structure_set()))
        for _ in range(rest):
            stream.write(chunk)

    problems = {
        problem["archive_member"] or problem["file_path"].rpartition("/")[2]: problem["code"]
        for problem in index(folder).problems
    }
    assert problems == {"rt.dcm": "file_too_large", "rt.dcm.gz": "file_too_large"}


def test_padding_behind_a_structure_set_takes_no_time(index: Indexer, folder: Path) -> None:
    (folder / "padded").write_bytes(_bytes(structure_set()) + bytes(50_000_000))

    assert index(folder).is_clean
    assert len(index.rows()) == 1


def test_a_dicomdir_is_passed_over(index: Indexer, folder: Path) -> None:
    content = open(str(get_testdata_file("DICOMDIR")), "rb").read()  # noqa: PTH123, SIM115
    (folder / "DICOMDIR").write_bytes(content)
    (folder / "cut").write_bytes(content[:3000])

    assert index(folder).is_clean
    assert index.outcomes() == {"DICOMDIR": "dicomdir", "cut": "dicomdir"}


def test_what_one_file_raises_is_its_own_outcome(
    index: Indexer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = _bytes(ct("1.2.1"))
    for name in ("a", "b", "c"):
        (folder / name).write_bytes(content.replace(b"1.2.1\0", f"1.2.{ord(name) % 9}\0".encode()))
    read = files.read_header

    def fails(stream: files.Readable, size: int, head: bytes) -> object:
        if b"1.2.8\0" in head:
            raise KeyError("lone surrogate \ud800")
        return read(stream, size, head)

    monkeypatch.setattr(files, "read_header", fails)
    found = [
        files.FoundFile(str(path), path.stat().st_size, 0) for path in sorted(folder.iterdir())
    ]
    batch = files.read_batch(found)

    assert batch.rows.count(b"\n") == 2
    assert batch.verdicts.count(b'"reader_failed"') == 1
