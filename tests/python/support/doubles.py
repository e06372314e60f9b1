"""A converter that obeys its ROIs' names, so that a test can order any mishap.

Importable by worker processes, which get it by name.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.conversion.task import Mask, Outcome, Point, ReferenceImage, ROIFailure, Status

if TYPE_CHECKING:
    from rtstruct.conversion.task import ConversionTask, SelectedROI, StructureSetWork


def obedient(task: ConversionTask, staging: Path) -> tuple[Outcome, ...]:
    """Give each ROI what its name asks for; the bytes of a mask depend on its identity only."""
    return tuple(_structure_set(work, task, staging) for work in task.structure_sets)


def _structure_set(work: StructureSetWork, task: ConversionTask, staging: Path) -> Outcome:
    masks, points, failures = [], [], []
    for roi in work.rois:
        order, _, argument = roi.ROIName.partition(" ")
        if order == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif order == "die-once" and not os.path.lexists(argument):
            os.close(os.open(argument, os.O_CREAT))
            os.kill(os.getpid(), signal.SIGKILL)
        elif order == "raise":
            raise ZeroDivisionError("a bug")
        elif order == "sleep":
            time.sleep(float(argument))
        elif order == "full":
            Path("/dev/full").write_bytes(b"no room")
        if order == "point":
            points.append(Point(roi.ROINumber, roi.ROIName, 1.0, 2.0, 3.0))
        elif order in ("empty", "fail"):
            code = "empty_roi" if order == "empty" else argument or "open_contours"
            failures.append(ROIFailure(roi.ROINumber, roi.ROIName, code, f"ROI {roi.ROINumber}"))
        elif order != "silent":
            masks.append(_mask(roi, work, task, staging))
    real = [failure for failure in failures if failure.error_code != "empty_roi"]
    status: Status = "done" if masks and not real else "partial" if masks else "failed"
    return Outcome(
        work.file.SOPInstanceUID,
        status,
        masks=tuple(masks),
        points=tuple(points),
        failures=tuple(failures),
        seconds=0.5,
    )


def _mask(roi: SelectedROI, work: StructureSetWork, task: ConversionTask, staging: Path) -> Mask:
    path = f"{work.output_folder}/{roi.ROINumber:03d}.nii.gz"
    content = f"{work.input_hash} {roi.ROINumber} {task.options.format}".encode() * 50
    (staging / path).parent.mkdir(parents=True, exist_ok=True)
    (staging / path).write_bytes(content)
    reference = None
    if roi.ROIName == "with-image":
        reference = ReferenceImage(f"{work.output_folder}/image.nii.gz", "of the image")
        (staging / reference.path).write_bytes(b"image" * 1000)
    return Mask(
        ROINumber=roi.ROINumber,
        ROIName=roi.ROIName,
        path=path,
        format=task.options.format,
        sha256=hashlib.sha256(content).hexdigest(),
        voxel_count=8,
        slice_count=2,
        mask_volume_mL=1.0,
        contour_volume_mL=1.0,
        bounding_box_ijk=(0, 1, 2, 3, 4, 5),
        centroid_mm=(0.5, 1.5, 2.5),
        contours_used=4,
        contours_skipped=0,
        notes=("a note",),
        reference=reference,
    )
