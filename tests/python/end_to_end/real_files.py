"""Real structure sets, found and read with pydicom alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pydicom
from pydicom.uid import RTStructureSetStorage

if TYPE_CHECKING:
    from pathlib import Path

NO_DICOM = {".gz", ".txt", ".md"}


def structure_sets(folder: Path) -> dict[str, pydicom.Dataset]:
    """SOPInstanceUID to dataset, of every structure set under `folder`."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in NO_DICOM:
            # Some have no preamble; their folder promises that they are DICOM.
            dataset = pydicom.dcmread(path, stop_before_pixels=True, force=True)
            if dataset.get("SOPClassUID") == RTStructureSetStorage:
                # Two different files there share a UID: the first by path counts.
                found.setdefault(str(dataset.SOPInstanceUID), dataset)
    return found
