"""The index row of one file, for those who have no index."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rtstruct.dicom.numbers import integer
from rtstruct.index.file_outcomes import FoundFile
from rtstruct.index.files import read_batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_row(path: Path) -> dict[str, Any] | None:
    """Return the index row of a file; None if it is not DICOM that can be read, or an archive."""
    state = path.stat()
    rows = read_batch([FoundFile(str(path), state.st_size, state.st_mtime_ns)]).rows
    found = [json.loads(row) for row in rows.splitlines()]
    return found[0] if len(found) == 1 and found[0]["archive_member"] is None else None


def roi_names(row: dict[str, Any]) -> list[tuple[int | None, str]]:
    """ROINumber and ROIName of each ROI, as the file has them; None for a number that is none."""
    return [
        (integer((item.get("ROINumber") or "").encode()), item.get("ROIName") or "")
        for item in row.get("StructureSetROISequence") or ()
    ]


def referenced_series(row: dict[str, Any]) -> set[str]:
    """SeriesInstanceUIDs of the images that a structure set says it was drawn on."""
    return {series.get("SeriesInstanceUID") or "" for series in _listed_series(row)} - {""}


def referenced_images(row: dict[str, Any]) -> set[str]:
    """SOPInstanceUIDs of the images that a structure set lists or that its contours name."""
    listed = {
        image.get("ReferencedSOPInstanceUID") or ""
        for series in _listed_series(row)
        for image in series.get("ContourImageSequence") or ()
    }
    for contours in row.get("roi_contours") or ():
        listed.update(contours.get("image_sop_uids") or ())
    return listed - {""}


def _listed_series(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for frame in row.get("ReferencedFrameOfReferenceSequence") or ():
        for study in frame.get("RTReferencedStudySequence") or ():
            yield from study.get("RTReferencedSeriesSequence") or ()
