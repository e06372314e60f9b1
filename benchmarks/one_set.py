"""Convert structure sets without the catalog: STRUCTURE_SET CT_FOLDER OUT, as often as you like.

What a worker process does and nothing else; the benchmark runs it from a cold start.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rtstruct.convert.task import (
    ConversionTask,
    DicomFile,
    Options,
    Provenance,
    SelectedROI,
    StructureSetWork,
)
from rtstruct.convert.worker import convert_task
from rtstruct.dicom.image_series import read_head
from rtstruct.dicom.structure_set import parse_structure_set


def convert(structure_set: Path, images: Path, out: Path) -> None:
    """Convert every ROI that has contours."""
    found = parse_structure_set(structure_set.read_bytes(), str(structure_set))
    rois = [SelectedROI(number, "ROI") for number, roi in found.rois.items() if roi.contours]
    files = tuple(DicomFile("", str(path)) for path in images.iterdir())
    work = StructureSetWork(
        file=DicomFile(found.SOPInstanceUID, str(structure_set)),
        provenance=Provenance(""),
        instance_hash=None,
        evidence="sop",
        rois=tuple(rois),
        output_folder="masks",
    )
    series = Provenance(read_head(files[0].path).SeriesInstanceUID)
    (outcome,) = convert_task(ConversionTask(None, None, series, files, (work,), Options()), out)
    if len(outcome.masks) != len(rois):
        raise SystemExit(f"{structure_set}: {outcome.message}")


if __name__ == "__main__":
    places = [Path(argument) for argument in sys.argv[1:]]
    for start in range(0, len(places), 3):
        convert(*places[start : start + 3])
