"""A segment of a DICOM Segmentation on the voxels of an image, without resampling."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.dicom.parse_errors import DAMAGE
from rtstruct.dicom.source import read_bytes
from rtstruct.errors import RtstructError
from rtstruct.geometry.spans import from_array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans

# Of a voxel.
TOLERANCE = 0.01


def read_segment(path: Path, archive_member: str | None, number: int, grid: ImageGrid) -> Spans:
    """Return one segment on a grid.

    Of a FRACTIONAL segmentation these are the voxels that are at least half inside.

    Raises
    ------
    RtstructError
        ``unreadable_file``, ``segment_absent``; ``other_grid``: its voxels are not those of the
        grid.
    """
    from highdicom.seg import segread

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom quotes every odd value, the patient's too
        try:
            segmentation = segread(BytesIO(read_bytes(str(path), archive_member)))
            numbers = list(segmentation.segment_numbers)
        except DAMAGE as error:
            raise RtstructError("unreadable_file", f"{path} is not a DICOM Segmentation") from error
        if number not in numbers:
            raise RtstructError("segment_absent", f"{path} has no segment {number}")
        try:
            volume = segmentation.get_volume(segment_numbers=[number], rtol=TOLERANCE)
            whole = np.count_nonzero(volume.array >= 0.5)
            _check_spacing(volume.spacing, grid)
            placed = volume.match_geometry(_geometry(grid), tol=TOLERANCE).array[..., 0] >= 0.5
        except DAMAGE as error:
            reason = " ".join(str(error).split())
            raise RtstructError(
                "other_grid", f"segment {number} of {path} is not on the image's voxels: {reason}"
            ) from error
    if np.count_nonzero(placed) != whole:
        raise RtstructError(
            "other_grid", f"segment {number} of {path} reaches out of the image's voxels"
        )
    return from_array(placed)


def _check_spacing(spacing_mm: Sequence[float], grid: ImageGrid) -> None:
    # highdicom would thin out a volume whose spacing is a fraction of the grid's.
    if not np.allclose(sorted(spacing_mm), sorted(grid.spacing_mm), rtol=TOLERANCE, atol=0):
        sizes = " x ".join(f"{size:g}" for size in spacing_mm)
        raise ValueError(f"voxels of {sizes} mm")


def _geometry(grid: ImageGrid) -> Any:
    from highdicom import VolumeGeometry

    # Its axes are ours: slice, row, column.
    affine = grid.affine[:, [2, 1, 0, 3]]
    return VolumeGeometry(affine, grid.shape, "PATIENT")
