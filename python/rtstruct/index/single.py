"""The index row of one file, for those who have no index."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rtstruct.dicom.numbers import integer
from rtstruct.index.file_outcomes import FoundFile
from rtstruct.index.files import read_batch

if TYPE_CHECKING:
    from pathlib import Path


def read_row(path: Path) -> dict[str, Any] | None:
    """Return the index row of a file; None if it is not DICOM that can be read, or an archive."""
    state = path.stat()
    rows = read_batch([FoundFile(str(path), state.st_size, state.st_mtime_ns)]).rows
    found = [json.loads(row) for row in rows.splitlines()]
    return found[0] if len(found) == 1 and found[0]["archive_member"] is None else None


def roi_names(row: dict[str, Any]) -> dict[int, str]:
    """ROINames by ROINumber; of a number that is repeated the first counts, as in the catalog."""
    names: dict[int, str] = {}
    for item in row["StructureSetROISequence"] or ():
        number = integer((item.get("ROINumber") or "").encode())
        if number is not None:
            names.setdefault(number, item.get("ROIName") or "")
    return names


def referenced_series(row: dict[str, Any]) -> set[str]:
    """SeriesInstanceUIDs of the images that a structure set says it was drawn on."""
    found: set[str] = set()
    for frame in row["ReferencedFrameOfReferenceSequence"] or ():
        for study in frame.get("RTReferencedStudySequence") or ():
            for series in study.get("RTReferencedSeriesSequence") or ():
                found.add(series.get("SeriesInstanceUID") or "")
    return found - {""}
