"""One file, or zip archive, into rows of the index and a verdict on each thing met."""

from __future__ import annotations

import json
import logging
import lzma
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from pydicom.uid import MediaStorageDirectoryStorage

from rtstruct.index.header import FIRST_READ, looks_like_dicom, read_header, row
from rtstruct.index.problems import HINTS, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ARCHIVE: Final = (b"PK\3\4", b"PK\5\6")
_ENCRYPTED: Final = 0x1
_BAD_ARCHIVE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    ValueError,
)


class FoundFile(NamedTuple):
    """A file on disk and the state it was found in: the unit of incremental work."""

    file_path: str
    file_size: int
    file_mtime_ns: int


class Batch(NamedTuple):
    """What came of reading some files, as newline-delimited JSON."""

    rows: bytes
    """Rows of the index."""
    verdicts: bytes
    """What each file, and each archive member, was taken for."""


Row = dict[str, Any]


def read_batch(files: Iterable[FoundFile]) -> Batch:
    """Read files into rows and verdicts; a file that cannot be read is a verdict."""
    rows: list[str] = []
    verdicts: list[str] = []
    logging.getLogger("pydicom").disabled = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of every oddity that we tolerate
        for file in files:
            for found, verdict in _read_file(file):
                verdicts.append(json.dumps(verdict))
                if found is not None:
                    rows.append(json.dumps(found, ensure_ascii=False, allow_nan=False))
    return Batch(_lines(rows), _lines(verdicts))


def crashed(file: FoundFile) -> Batch:
    """What is known of a file whose reading killed the process."""
    verdict = unreadable(file, "reader_crashed", "Reading it killed the process")
    return Batch(b"", _lines([json.dumps(verdict)]))


def unreadable(file: FoundFile, code: str, reason: str, member: str | None = None) -> Row:
    """The verdict on a file that is no row, or not as it should be."""
    problem = {"code": code, "reason": reason, "hint": HINTS[code]}
    return _verdict(file, "unreadable", member) | problem


def _verdict(file: FoundFile, outcome: str, member: str | None) -> Row:
    return file._asdict() | {"archive_member": member, "outcome": outcome}


def _lines(objects: list[str]) -> bytes:
    return "".join(line + "\n" for line in objects).encode()


def _read_file(file: FoundFile) -> Iterator[tuple[Row | None, Row]]:
    try:
        with Path(file.file_path).open("rb") as stream:
            head = stream.read(FIRST_READ)
            if head.startswith(_ARCHIVE):
                yield from _read_archive(file, stream)
            else:
                yield _read_stream(file, None, stream, file.file_size, head)
    except OSError as error:
        yield None, unreadable(file, "cannot_open", error.strerror or str(error))


def _read_archive(file: FoundFile, stream: IO[bytes]) -> Iterator[tuple[Row | None, Row]]:
    try:
        archive = zipfile.ZipFile(stream)
    except _BAD_ARCHIVE as error:
        yield None, unreadable(file, "bad_archive", f"It is no whole zip file: {error}")
        return
    with archive:
        yield None, _verdict(file, "archive", None)
        # Of two members of one name only the last can be opened by name.
        members = {member.filename: member for member in archive.infolist()}
        for member in members.values():
            if not member.is_dir():
                yield _read_member(file, archive, member)


def _read_member(
    file: FoundFile, archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> tuple[Row | None, Row]:
    name = member.filename
    if member.flag_bits & _ENCRYPTED:
        return None, unreadable(file, "encrypted_archive", "It is encrypted", name)
    try:
        with archive.open(member) as stream:
            head = stream.read(FIRST_READ)
            if head.startswith(_ARCHIVE) and name.lower().endswith(".zip"):
                return None, unreadable(file, "nested_archive", "It is a zip in a zip", name)
            return _read_stream(file, name, stream, member.file_size, head)
    except _BAD_ARCHIVE as error:
        return None, unreadable(file, "bad_archive", f"The member is damaged: {error}", name)


def _read_stream(
    file: FoundFile, member: str | None, stream: IO[bytes], size: int, head: bytes
) -> tuple[Row | None, Row]:
    if not looks_like_dicom(head):
        return None, _verdict(file, "not_dicom", member)
    try:
        header = read_header(stream, size, head)
        if header.sop_class == MediaStorageDirectoryStorage:
            return None, _verdict(file, "dicomdir", member)
        found = row(header, size)
    except Unreadable as problem:
        return None, unreadable(file, problem.code, problem.reason, member)
    where = {
        "file_path": file.file_path,
        "archive_member": member,
        "file_mtime_ns": file.file_mtime_ns,
    }
    verdict = _verdict(file, "indexed", member)
    if header.cut_bulk:
        verdict = unreadable(file, "truncated_pixel_data", "Its pixel data is cut off", member)
        verdict["outcome"] = "indexed"
    return found | where, verdict | {"SOPInstanceUID": found["SOPInstanceUID"]}
