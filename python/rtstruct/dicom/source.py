"""What is in a DICOM file that lies in a folder or in a zip archive."""

from __future__ import annotations

import os
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from zipfile import ZipFile

    from pydicom import Dataset


def read_bytes(path: str, archive_member: str | None = None, limit: int = -1) -> bytes:
    """Return the first ``limit`` bytes (all by default) of a file or of a member of a zip archive.

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
    """Parse a file, or a member of a zip archive, by pydicom.

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
    from rtstruct.dicom.parse_errors import BAD_ARCHIVE

    try:
        with _archive(path, Path(path).stat().st_mtime_ns).open(member) as file:
            return file.read(limit)
    except (KeyError, RuntimeError, *BAD_ARCHIVE) as error:
        raise _unreadable(path, member, str(error)) from error


# The members of a series follow each other: the table of contents is read once, not once each.
@lru_cache(maxsize=1)
def _archive(path: str, mtime_ns: int) -> ZipFile:
    from zipfile import ZipFile

    return ZipFile(path)


def _unreadable(path: str, member: str | None, reason: str) -> RtstructError:
    where = path if member is None else f"{path}:{member}"
    return RtstructError(
        "unreadable_file",
        f"cannot read {where}: {reason}",
    )
