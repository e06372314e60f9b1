"""What is known of a file without knowing DICOM: where it is, what it was taken for, and why."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

HINTS: Final = {
    "cannot_open": "Check its permissions and the disk, then run the same command again",
    "bad_name": "Rename it so that its name is valid UTF-8",
    "bad_archive": "Make the zip file again, or unpack it and index the folder",
    "encrypted_archive": "Unpack it with its password and index the folder",
    "nested_archive": "Unpack the outer zip file and index the folder",
    "truncated": "Copy or download the file again",
    "truncated_pixel_data": "Its header is indexed; copy or download the file again",
    "broken": "Write the file again with the software it comes from",
    "too_large": "No real file of its kind is so large: look at it with another tool",
    "no_sop_instance_uid": "Write the file again with the software it comes from",
    "reader_crashed": "Look at it with another tool: it may be too large for this machine",
}
"""Problem code -> what the user can do."""

RETRIED: Final = ("cannot_open", "reader_crashed")
"""Problems that can go away while the file stays the same."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)

Row = dict[str, Any]


class Unreadable(Exception):  # noqa: N818 - a verdict on a file, not an error of the program
    """A file that is no row: ``code`` of :data:`HINTS`, and the reason in one line."""

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
    problem = {"code": code, "reason": reason, "hint": HINTS[code]}
    return verdict(file, "unreadable", member) | problem


def crashed(file: FoundFile) -> Batch:
    """What is known of a file whose reading killed the process."""
    problem = unreadable(file, "reader_crashed", "Reading it killed the process")
    return Batch(b"", line(problem))


def line(values: Row) -> bytes:
    """One line of newline-delimited JSON; raises ValueError on a number that is none."""
    return _ENCODER.encode(values).encode() + b"\n"
