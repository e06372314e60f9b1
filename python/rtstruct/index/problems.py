"""What can be wrong with a file: stable code, one line, what to do."""

from __future__ import annotations

from typing import Final

HINTS: Final = {
    "cannot_open": "Check its permissions and the disk, then run the same command again",
    "bad_name": "Rename it so that its name is valid UTF-8",
    "bad_archive": "Make the zip file again, or unpack it and index the folder",
    "encrypted_archive": "Unpack it with its password and index the folder",
    "nested_archive": "Unpack the outer zip file and index the folder",
    "truncated": "Copy or download the file again",
    "truncated_pixel_data": "Its header is indexed; copy or download the file again",
    "broken": "Write the file again with the software it comes from",
    "no_sop_instance_uid": "Write the file again with the software it comes from",
    "reader_crashed": "Look at it with another tool: it may be too large for this machine",
}
"""Problem code -> what the user can do."""

RETRIED: Final = ("cannot_open", "reader_crashed")
"""Problems that can go away while the file stays the same."""


class Unreadable(Exception):  # noqa: N818 - a verdict on a file, not an error of the program
    """A file that is no row: ``code`` of :data:`HINTS`, and the reason in one line."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
