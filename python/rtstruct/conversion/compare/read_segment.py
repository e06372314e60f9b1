"""Segments of a DICOM Segmentation on the voxels of an image, without resampling."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.conversion.masks.context import affine_refusal
from rtstruct.dicom.parse_errors import DAMAGE
from rtstruct.dicom.source import read_bytes
from rtstruct.errors import RtstructError
from rtstruct.geometry.spans import from_array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from rtstruct.dicom.image_series import ImageSeries
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans

# Of a voxel.
TOLERANCE = 0.01


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A DICOM Segmentation that highdicom has read."""

    path: Path
    content: Any
    numbers: frozenset[int]
    """Of its segments."""
    images: frozenset[str]
    """SOPInstanceUIDs of the images that it names."""


def read_segmentation(path: Path, archive_member: str | None) -> Segmentation:
    """Read a DICOM Segmentation.

    Raises
    ------
    RtstructError
        ``unreadable_file``.
    """
    from highdicom.seg import segread

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom quotes every odd value, the patient's too
        try:
            content = segread(BytesIO(read_bytes(str(path), archive_member)))
            return Segmentation(
                path, content, frozenset(content.segment_numbers), frozenset(_named(content))
            )
        except DAMAGE as error:
            raise RtstructError("unreadable_file", f"{path} is not a DICOM Segmentation") from error


def segment_on_grid(segmentation: Segmentation, number: int, grid: ImageGrid) -> Spans:
    """Return one segment on a grid.

    Of a FRACTIONAL segmentation these are the voxels that are at least half inside.

    Raises
    ------
    RtstructError
        ``segment_absent``; ``other_grid``: its voxels are not those of the grid;
        ``irregular_spacing``, ``sheared_stack``: no array has the slices of the grid.
    """
    path = segmentation.path
    if refusal := affine_refusal(grid):
        raise refusal
    if number not in segmentation.numbers:
        raise RtstructError("segment_absent", f"{path} has no segment {number}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            volume = segmentation.content.get_volume(segment_numbers=[number], rtol=TOLERANCE)
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


def stack_of_segment(
    segmentation: Segmentation, number: int, stacks: Sequence[ImageSeries]
) -> tuple[ImageSeries, Spans]:
    """Return the stack of an image series that a segment lies on, and its voxels there.

    That is the stack whose images the Segmentation names; where it names none of them, the only one
    whose voxels are the segment's.

    Raises
    ------
    RtstructError
        ``other_grid``, ``segment_absent``; ``several_stacks``: more than one would do.
    """
    named = {stack: sum(map(stack.holds, segmentation.images)) for stack in stacks}
    most = max(named.values())
    found, refusal = [], None
    for stack in (each for each, count in named.items() if count == most):
        try:
            found.append((stack, segment_on_grid(segmentation, number, stack.grid)))
        except RtstructError as error:
            refusal = error
    if len(found) > 1:
        raise RtstructError(
            "several_stacks",
            f"segment {number} of {segmentation.path} fits {len(found)} stacks of its image series,"
            " and does not say which is meant",
        )
    if not found:
        raise refusal or RtstructError("no_images", "the image series has no stack")
    return found[0]


def _named(content: Any) -> list[str]:
    return [
        str(instance.ReferencedSOPInstanceUID)
        for series in content.get("ReferencedSeriesSequence", ())
        for instance in series.get("ReferencedInstanceSequence", ())
    ]


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
