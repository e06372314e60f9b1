"""One file, or archive, into rows of the index and an outcome for each thing met."""

from __future__ import annotations

import io
import logging
import warnings
from typing import IO, TYPE_CHECKING, cast

from rtstruct.dicom.archives import (
    BAD_ARCHIVE,
    Budget,
    Compressed,
    TooLargeError,
    is_archive,
    open_archive,
    other_archive,
)
from rtstruct.dicom.file_format import looks_like_dicom
from rtstruct.index.file_outcomes import Batch, FoundFile, Unreadable, line, unreadable, verdict
from rtstruct.index.header import (
    FIRST_READ,
    MEDIA_STORAGE_DIRECTORY,
    Readable,
    is_read_whole,
    read_header,
    row,
)
from rtstruct.limits import LARGEST_OBJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rtstruct.dicom.archives import Archive, Member
    from rtstruct.index.file_outcomes import Row

    Outcome = tuple[Row | None, Row]
    """The row of a file, if it has one, and what it was taken for."""


def read_batch(files: Iterable[FoundFile]) -> Batch:
    """Read files into rows and outcomes; whatever one of them raises is its own outcome."""
    batches = []
    logging.getLogger("pydicom").disabled = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of every oddity that we tolerate
        for file in files:
            try:
                batches.append(_batch(_read_file(FoundFile(*file))))
            except Exception as error:
                batches.append(_failed(file, error))
    return Batch(b"".join(batch.rows for batch in batches), b"".join(b.verdicts for b in batches))


def _failed(file: FoundFile, error: Exception) -> Batch:
    reason = f"Reading it raised {type(error).__name__}: {error}".encode("utf-8", "replace")
    problem = unreadable(file, "reader_failed", " ".join(reason.decode().split())[:500])
    return Batch(b"", line(problem))


def _batch(found: Iterator[Outcome]) -> Batch:
    rows: list[bytes] = []
    outcomes: list[bytes] = []
    for columns, outcome in found:
        outcomes.append(line(outcome))
        if columns is not None:
            rows.append(line(columns))
    return Batch(b"".join(rows), b"".join(outcomes))


def _read_file(file: FoundFile) -> Iterator[Outcome]:
    try:
        # Unbuffered: a header is one read, of thousands of files.
        with io.FileIO(file.file_path) as stream:
            head = stream.read(FIRST_READ)
            if is_archive(head) and not looks_like_dicom(head):
                stream.seek(0)
                yield from _read_archive(file, stream)
            else:
                if is_read_whole(head, file.file_size):
                    # From its start again: to put two parts together takes longer.
                    stream.seek(0)
                    head = stream.read(file.file_size)
                yield _read_stream(file, None, stream, file.file_size, head)
    except OSError as error:
        yield None, unreadable(file, "unreadable_file", error.strerror or str(error))


def _read_archive(file: FoundFile, stream: io.FileIO) -> Iterator[Outcome]:
    budget = Budget(file.file_size)
    try:
        with open_archive(file.file_path, cast("IO[bytes]", stream), file.file_size) as archive:
            outcomes = (_read_member(file, archive, m, budget) for m in archive.members())
            if isinstance(archive, Compressed):
                # Much else is compressed: such a file is no archive of anything.
                yield from _of_compressed(file, outcomes)
            else:
                yield None, verdict(file, "archive")
                yield from outcomes
    except TooLargeError as error:
        yield None, unreadable(file, "file_too_large", f"It was not read to its end: {error}")
    except BAD_ARCHIVE as error:
        yield None, unreadable(file, "bad_archive", f"It is no whole archive: {error}")


def _of_compressed(file: FoundFile, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    ((columns, outcome),) = outcomes
    if outcome["outcome"] == "not_dicom":
        yield None, verdict(file, "not_dicom")
    else:
        yield None, verdict(file, "archive")
        yield columns, outcome


def _read_member(file: FoundFile, archive: Archive, member: Member, budget: Budget) -> Outcome:
    name = member.name
    if member.is_encrypted:
        return None, unreadable(file, "encrypted_archive", "It is encrypted", name)
    try:
        with archive.open(name) as stream:
            head = stream.read(FIRST_READ)
            budget.spend(len(head))
            if is_archive(head) and name.lower().endswith((".zip", ".tar", ".gz", ".tgz")):
                return None, unreadable(file, "nested_archive", "It is an archive in one", name)
            size = member.size
            if size is None:
                head, size = _inflate(head, stream)
            return _read_stream(file, name, _Metered(stream, budget), size, head)
    except TooLargeError:
        raise
    except BAD_ARCHIVE as error:
        return None, unreadable(file, "bad_archive", f"The member is damaged: {error}", name)


class _Metered:
    """A stream that takes what is read of it from a budget."""

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, LARGEST_OBJECT + 1))
        self._budget.spend(len(data))
        return data


def _inflate(head: bytes, stream: IO[bytes]) -> tuple[bytes, int]:
    """All of a stream whose size nobody knows before; only its head where it is not DICOM."""
    if looks_like_dicom(head):
        head += stream.read(LARGEST_OBJECT + 1)
    return head, len(head)


def _read_stream(
    file: FoundFile, member: str | None, stream: Readable, size: int, head: bytes
) -> Outcome:
    if not looks_like_dicom(head):
        kind = other_archive(head)
        if kind is not None:
            return None, unreadable(file, "unsupported_archive", f"It is a {kind} archive", member)
        return None, verdict(file, "not_dicom", member)
    try:
        header = read_header(stream, size, head)
        if header.sop_class == MEDIA_STORAGE_DIRECTORY.decode():
            return None, verdict(file, "dicomdir", member)
        found = row(header, size)
    except Unreadable as error:
        return None, unreadable(file, error.code, error.reason, member)
    where = {
        "file_path": file.file_path,
        "archive_member": member,
        "file_mtime_ns": file.file_mtime_ns,
    }
    outcome = {
        "outcome": "indexed",
        "SOPInstanceUID": found["SOPInstanceUID"],
        "has_position": bool(found["ImagePositionPatient"]),
        "content_hash": found["instance_hash"] or found["header_hash"],
    }
    problem = verdict(file, "indexed", member)
    if not found.get("SeriesInstanceUID"):
        problem = unreadable(file, "no_series_instance_uid", "It has no SeriesInstanceUID", member)
    elif not found.get("StudyInstanceUID"):
        problem = unreadable(file, "no_study_instance_uid", "It has no StudyInstanceUID", member)
    elif header.cut_bulk:
        problem = unreadable(file, "truncated_pixel_data", "Its pixel data is cut off", member)
    return found | where, problem | outcome
