"""What is in a DICOM file that lies in a folder or in an archive."""

from __future__ import annotations

import os
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.errors import RtstructError
from rtstruct.limits import LARGEST_OBJECT

if TYPE_CHECKING:
    from pydicom import Dataset

    from rtstruct.dicom.archives import Archive


def read_bytes(path: str, archive_member: str | None = None, limit: int = -1) -> bytes:
    """Return the first ``limit`` bytes (all by default) of a file or of a member of an archive.

    Raises
    ------
    RtstructError
        ``unreadable_file``.
    """
    try:
        if archive_member is None:
            return Path(path).read_bytes() if limit < 0 else _read_start(path, limit)
        return _read_member(path, archive_member, limit)
    except OSError as error:
        raise _unreadable(path, archive_member, error.strerror or str(error)) from error


def read_dataset(
    path: str, archive_member: str | None = None, *, stop_before_pixels: bool = False
) -> Dataset:
    """Parse a file, or a member of an archive, by pydicom.

    Raises
    ------
    RtstructError
        ``unreadable_file``, ``invalid_dicom``.
    """
    import pydicom

    from rtstruct.dicom.parse_errors import DAMAGE

    data = BytesIO(read_bytes(path, archive_member))
    try:
        return pydicom.dcmread(data, stop_before_pixels=stop_before_pixels, force=True)
    except DAMAGE as error:
        reason = " ".join(str(error).split())
        raise RtstructError("invalid_dicom", f"{path} is damaged: {reason}") from error


def _read_start(path: str, limit: int) -> bytes:
    # The headers of thousands of images are read so: a file object takes twice as long.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, limit)
    finally:
        os.close(descriptor)


def _read_member(path: str, member: str, limit: int) -> bytes:
    from rtstruct.dicom.archives import BAD_ARCHIVE, TooLargeError

    try:
        state = Path(path).stat()
        with _archive(path, state.st_size, state.st_mtime_ns).open(member) as file:
            data = file.read(limit if limit >= 0 else LARGEST_OBJECT + 1)
    except TooLargeError as error:
        raise RtstructError("file_too_large", f"{path}:{member}: {error}") from error
    except BAD_ARCHIVE as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unreadable(path, member, reason) from error
    if len(data) > LARGEST_OBJECT:
        raise RtstructError("file_too_large", f"{path}:{member} holds more than 1 GB")
    return data


# The members of a series follow each other: the table of contents is read once, not once each.
@lru_cache(maxsize=1)
def _archive(path: str, size: int, mtime_ns: int) -> Archive:
    from rtstruct.dicom.archives import open_archive

    return open_archive(path, Path(path).open("rb"), size)


def _unreadable(path: str, member: str | None, reason: str) -> RtstructError:
    where = path if member is None else f"{path}:{member}"
    return RtstructError(
        "unreadable_file",
        f"cannot read {where}: {reason}",
    )
