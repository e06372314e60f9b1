"""Masks read back from the files that were written: what is looked at is what users get."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rtstruct.dicom.parse_errors import DAMAGE
from rtstruct.errors import RtstructError
from rtstruct.write.nifti_file import read_voxels

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid

HALF = 0.5
"""Of a voxel: where shares are shown as a mask."""


def read_mask(path: Path, label: int | None, layout: str, grid: ImageGrid) -> NDArray[np.bool_]:
    """Read (slices, rows, columns) of one ROI.

    Parameters
    ----------
    label
        In a file of several ROIs.
    layout
        ``separate``, ``labelmap`` or ``4d``.

    Raises
    ------
    RtstructError
        ``mask_unreadable``, ``mask_changed``.
    """
    if not path.is_file():
        raise RtstructError("mask_unreadable", f"{path} is no longer there")
    try:
        voxels = _read_segments(path, grid) if path.suffix == ".dcm" else _read_file(path)
    except (RuntimeError, *DAMAGE) as error:
        raise RtstructError("mask_unreadable", f"{path} cannot be read") from error
    if voxels.ndim == 4:
        voxels = voxels[(label or 1) - 1]
    elif layout == "labelmap":
        voxels = voxels == label
    if voxels.dtype == np.uint8 and voxels.max(initial=0) <= 1:
        # Of 0 and 1 nothing has to be copied.
        inside: NDArray[np.bool_] = voxels.view(np.bool_)
    else:
        inside = voxels >= HALF if voxels.dtype.kind == "f" else voxels != 0
    if inside.shape != grid.shape:
        raise RtstructError("mask_changed", f"{path} is not on the voxels of its image")
    return inside


@lru_cache(maxsize=1)
def _read_file(path: Path) -> NDArray[Any]:
    return read_voxels(path)


@lru_cache(maxsize=1)
def _read_segments(path: Path, grid: ImageGrid) -> NDArray[np.bool_]:
    """(segments, slices, rows, columns) of a DICOM Segmentation, frames laid where they are."""
    from pydicom import dcmread

    dataset = dcmread(path)
    frames = np.asarray(dataset.pixel_array).reshape(-1, *grid.shape[1:])
    if dataset.SegmentationType == "FRACTIONAL":
        frames = frames >= HALF * dataset.MaximumFractionalValue
    labels = [item.SegmentNumber for item in dataset.SegmentSequence if item.SegmentNumber]
    segments = np.zeros((max(labels), *grid.shape), dtype=bool)
    for frame, item in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        position = np.array(item.PlanePositionSequence[0].ImagePositionPatient, dtype=np.float64)
        k = int(np.argmin(np.abs(grid.slice_positions - position @ grid.normal)))
        if dataset.SegmentationType == "LABELMAP":
            for number in labels:
                segments[number - 1, k] = frame == number
        else:
            number = item.SegmentIdentificationSequence[0].ReferencedSegmentNumber
            segments[number - 1, k] = frame
    return segments
