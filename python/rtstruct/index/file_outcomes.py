"""What is known of a file without knowing DICOM: where it is, what it was taken for, and why."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from rtstruct.codes import remedy

RETRIED: Final = ("unreadable_file", "reader_crashed")
"""Problems that can go away while the file stays the same."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)

Row = dict[str, Any]


class Unreadable(Exception):  # noqa: N818 - a verdict on a file, not an error of the program
    """A file that is no row: ``code`` of seeds/codes.csv, and the reason in one line."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


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


def verdict(file: FoundFile, outcome: str, member: str | None = None) -> Row:
    """What a file, or a member of an archive, was taken for: a row of the table of files."""
    return file._asdict() | {"archive_member": member, "outcome": outcome}


def unreadable(file: FoundFile, code: str, reason: str, member: str | None = None) -> Row:
    """The verdict on what cannot be read, or not whole."""
    problem = {"code": code, "reason": reason, "hint": remedy(code)}
    return verdict(file, "unreadable", member) | problem


def crashed(file: FoundFile) -> Batch:
    """What is known of a file whose reading killed the process."""
    problem = unreadable(file, "reader_crashed", "Reading it killed the process")
    return Batch(b"", line(problem))


def line(values: Row) -> bytes:
    """One line of newline-delimited JSON; raises ValueError on a number that is none."""
    return _ENCODER.encode(values).encode() + b"\n"
