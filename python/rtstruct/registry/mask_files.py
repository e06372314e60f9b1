"""Files of masks, held against what the registry says of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from pathlib import Path


def check_unchanged(path: Path, sha256: str) -> None:
    """Refuse a file that is not as it was written.

    Raises
    ------
    RtstructError
        ``mask_unreadable``; ``mask_changed``.
    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RtstructError("mask_unreadable", f"{path} cannot be read: {error}") from error
    if found != sha256:
        raise RtstructError("mask_changed", f"{path} is not the file that was written")
