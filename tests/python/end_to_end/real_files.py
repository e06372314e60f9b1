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
            header = pydicom.dcmread(path, specific_tags=["SOPClassUID"], stop_before_pixels=True)
            if header.SOPClassUID == RTStructureSetStorage:
                dataset = pydicom.dcmread(path)
                found[str(dataset.SOPInstanceUID)] = dataset
    return found
