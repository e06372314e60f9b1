"""Names from DICOM files made safe as names of files: they are hostile until proven otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.quoting import for_file_name

if TYPE_CHECKING:
    from pathlib import Path


def roi_file_name(ROINumber: int, ROIName: str, suffix: str, prefix: str = "") -> str:
    """Return the file name of a ROI's mask; the number tells ROIs of one name apart.

    No name begins with a minus, which commands take for an option.
    """
    number = f"{ROINumber:03d}" if ROINumber >= 0 else f"_{-ROINumber:03d}"
    return f"{prefix}{number}_{for_file_name(ROIName)}{suffix}"


def table_of(path: Path) -> Path:
    """The file beside a label map that says what its labels are."""
    return path.with_name(f"{path.name}.json")
