"""Names from DICOM files made safe as names of files: they are hostile until proven otherwise."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 120
"""Bytes in UTF-8; file systems end at 255, and prefix and suffix need some."""

_FORBIDDEN = frozenset('/\\:*?"<>|')
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul"] + [f"{port}{n}" for port in ("com", "lpt") for n in range(10)]
)


def safe_name(name: str) -> str:
    """Return ``name`` as it can stand in a file name on any system; never empty.

    Letters and digits of every script are kept. What a path, a shell or Windows gives a meaning,
    blanks, and invisible characters become underscores; dots at either end are dropped.
    """
    kept = "".join(
        "_" if character in _FORBIDDEN or unicodedata.category(character)[0] in "CZ" else character
        for character in unicodedata.normalize("NFC", name)
    )
    kept = kept.encode()[:LONGEST].decode(errors="ignore").strip("._")
    if not kept:
        return "unnamed"
    return f"{kept}_" if kept.split(".")[0].lower() in _RESERVED else kept


def roi_file_name(ROINumber: int, ROIName: str, suffix: str, prefix: str = "") -> str:
    """Return the file name of a ROI's mask; the number tells ROIs of one name apart."""
    return f"{prefix}{ROINumber:03d}_{safe_name(ROIName)}{suffix}"


def table_of(path: Path) -> Path:
    """The file beside a label map that says what its labels are."""
    return path.with_name(f"{path.name}.json")
