"""What dciodvfy, of dicom3tools, says of a DICOM file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DCIODVFY = Path(sys.executable).with_name("dciodvfy")


def errors(path: Path) -> list[str]:
    """The errors that dciodvfy finds in a file."""
    found = subprocess.run(
        [DCIODVFY, "-new", path], capture_output=True, text=True, check=False, errors="replace"
    )
    lines = (found.stdout + found.stderr).splitlines()
    assert any(
        line in ("RTStructureSet", "Segmentation", "LabelMapSegmentation") for line in lines
    ), lines
    return [line for line in lines if line.startswith("Error")]
