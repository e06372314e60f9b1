"""One file, or zip archive, into rows of the index and a verdict on each thing met."""

from __future__ import annotations

import logging
import warnings
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from rtstruct.dicom.file_format import looks_like_dicom
from rtstruct.dicom.parse_errors import BAD_ARCHIVE
from rtstruct.index.file_outcomes import Batch, Unreadable, line, unreadable, verdict
from rtstruct.index.header import FIRST_READ, MEDIA_STORAGE_DIRECTORY, read_header, row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rtstruct.index.file_outcomes import FoundFile, Row

_ARCHIVE: Final = (b"PK\3\4", b"PK\5\6")
_ENCRYPTED: Final = 0x1


def read_batch(files: Iterable[FoundFile]) -> Batch:
    """Read files into rows and verdicts; a file that cannot be read is a verdict."""
    rows: list[bytes] = []
    verdicts: list[bytes] = []
    logging.getLogger("pydicom").disabled = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of every oddity that we tolerate
        for file in files:
            for found, verdict_on_it in _read_file(file):
                verdicts.append(line(verdict_on_it))
                if found is not None:
                    rows.append(line(found))
    return Batch(b"".join(rows), b"".join(verdicts))


def _read_file(file: FoundFile) -> Iterator[tuple[Row | None, Row]]:
    try:
        with Path(file.file_path).open("rb") as stream:
            head = stream.read(FIRST_READ)
            if head.startswith(_ARCHIVE):
                yield from _read_archive(file, stream)
            else:
                yield _read_stream(file, None, stream, file.file_size, head)
    except OSError as error:
        yield None, unreadable(file, "unreadable_file", error.strerror or str(error))


def _read_archive(file: FoundFile, stream: IO[bytes]) -> Iterator[tuple[Row | None, Row]]:
    try:
        archive = zipfile.ZipFile(stream)
    except BAD_ARCHIVE as error:
        yield None, unreadable(file, "bad_archive", f"It is no whole zip file: {error}")
        return
    with archive:
        yield None, verdict(file, "archive")
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
    except BAD_ARCHIVE as error:
        return None, unreadable(file, "bad_archive", f"The member is damaged: {error}", name)


def _read_stream(
    file: FoundFile, member: str | None, stream: IO[bytes], size: int, head: bytes
) -> tuple[Row | None, Row]:
    if not looks_like_dicom(head):
        return None, verdict(file, "not_dicom", member)
    try:
        header = read_header(stream, size, head)
        if header.sop_class == MEDIA_STORAGE_DIRECTORY:
            return None, verdict(file, "dicomdir", member)
        found = row(header, size)
    except Unreadable as problem:
        return None, unreadable(file, problem.code, problem.reason, member)
    where = {
        "file_path": file.file_path,
        "archive_member": member,
        "file_mtime_ns": file.file_mtime_ns,
    }
    outcome = {
        "outcome": "indexed",
        "SOPInstanceUID": found["SOPInstanceUID"],
        "content_hash": found["instance_hash"] or found["header_hash"],
    }
    if header.cut_bulk:
        cut = unreadable(file, "truncated_pixel_data", "Its pixel data is cut off", member)
        return found | where, cut | outcome
    return found | where, verdict(file, "indexed", member) | outcome
