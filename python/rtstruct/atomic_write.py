"""Files that are whole or not there, even if power fails."""

from __future__ import annotations

import os
import threading
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MACHINE = f"{uuid.getnode():x}"


def write_whole(path: Path, text: str) -> None:
    """Write a text file that is either whole or not there."""
    draft = draft_of(path)
    try:
        write_synced(draft, text.encode())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync(path.parent)


def draft_of(path: Path) -> Path:
    """Return where to write what becomes ``path`` when it is whole: a name of this thread alone.

    Several machines may share a folder, and number their processes alike.
    """
    return path.with_name(f"{path.name}.{_MACHINE}-{os.getpid()}-{threading.get_native_id()}.new")


def write_synced(path: Path, content: bytes) -> None:
    """Write a file that is on the disk when this returns."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Bring what was written to a file, or renamed into a folder, onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
