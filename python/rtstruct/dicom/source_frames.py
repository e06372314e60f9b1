"""Which image each slice of a grid comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.dicom.image_head import read_head
from rtstruct.dicom.image_series import frame_name
from rtstruct.dicom.numbers import decimals
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rtstruct.dicom.image_head import Frame
    from rtstruct.dicom.image_series import ImageSeries
    from rtstruct.geometry.grid import ImageGrid

# Grids are straightened by up to a hundredth of the spacing, or of a millimetre.
POSITION_TOLERANCE = 0.02  # of the slice spacing
POSITION_TOLERANCE_MM = 0.02
DIRECTION_TOLERANCE = 1e-3


@dataclass(frozen=True)
class SourceFrame:
    """One frame of an image file."""

    path: str
    archive_member: str | None
    SOPInstanceUID: str
    number: int | None
    """From 1; None in a file of one frame."""
    SeriesInstanceUID: str = ""


def source_frames(
    files: Iterable[tuple[str, str | None]], SeriesInstanceUID: str, series: ImageSeries
) -> list[SourceFrame | None]:
    """Find the frame at each slice of a stack that was read from these files, by its position.

    Returns
    -------
    list of SourceFrame or None
        One for each slice; None where no image is. Of two images at one position the first counts.
    """
    grid = series.grid
    found: list[SourceFrame | None] = [None] * grid.shape[0]
    for path, member in files:
        try:
            head = read_head(path, member)
        except RtstructError:
            # Left out, and counted, when the grid was read.
            continue
        # Slices that have a series each are one stack: its images are known by their own UIDs.
        is_other = SeriesInstanceUID and head.SeriesInstanceUID != SeriesInstanceUID
        if is_other and head.SOPInstanceUID not in series.images:
            continue
        for place, frame in enumerate(head.frames, 1):
            number = place if len(head.frames) > 1 else None
            if frame_name(head.SOPInstanceUID, number) not in series.images:
                continue
            k = _slice_of(frame, grid)
            if k is not None and found[k] is None:
                found[k] = SourceFrame(
                    path, member, head.SOPInstanceUID, number, head.SeriesInstanceUID
                )
    return found


def _slice_of(frame: Frame, grid: ImageGrid) -> int | None:
    position, orientation = (
        np.array(decimals(text) or ()) for text in (frame.position, frame.orientation)
    )
    directions = np.concatenate([grid.row_direction, grid.column_direction])
    if (
        (frame.rows, frame.columns) != grid.shape[1:]
        or (len(position), len(orientation)) != (3, 6)
        or not np.allclose(orientation, directions, atol=DIRECTION_TOLERANCE)
    ):
        return None
    distance = np.abs(grid.slice_positions - position @ grid.normal)
    k = int(np.argmin(distance))
    tolerance = max(POSITION_TOLERANCE * grid.spacing_mm[0], POSITION_TOLERANCE_MM)
    return k if distance[k] <= tolerance else None
