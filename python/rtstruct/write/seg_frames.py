"""The frames of a DICOM Segmentation, by its type (PS3.3 section C.8.20.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from rtstruct.geometry.labels import label_map
from rtstruct.write.bits import any_overlap, frames_of, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rtstruct.geometry.coverage import Coverage
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans

Type = Literal["BINARY", "FRACTIONAL", "LABELMAP"]
"""SegmentationType: a bit a voxel and segment, its share of the voxel, or a label a voxel."""

MAXIMUM_FRACTIONAL_VALUE = 255


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames that have voxels, at least one, and their pixels."""

    type: Type
    places: Sequence[tuple[int, int]]
    """Number of the segment, from 1, and slice of each frame; 0 where a frame has all segments."""
    bits: int
    """Of a voxel."""
    overlap: Literal["YES", "NO", "UNDEFINED"]
    pixels: Callable[[], Iterator[bytes]]
    """Bytes of all frames, one after the other; made anew for each call, as they may be many."""


def binary_frames(masks: Sequence[Spans], grid: ImageGrid) -> Frames:
    """Return a frame of bits for each segment and slice."""
    places = frames_of(masks)
    packed = pack(masks, places, grid)
    overlap: Literal["YES", "NO"] = "YES" if any_overlap(masks) else "NO"
    return Frames("BINARY", places, 1, overlap, lambda: iter([packed]))


def fractional_frames(coverages: Sequence[Coverage]) -> Frames:
    """Return a frame of shares for each segment and slice: 255 is a voxel that is wholly inside."""
    places = [
        (number, int(k) + each.corner[0])
        for number, each in enumerate(coverages, 1)
        for k in np.flatnonzero(each.shares.any(axis=(1, 2)))
    ] or [(1, 0)]

    def pixels() -> Iterator[bytes]:
        for number, k in places:
            each = coverages[number - 1]
            first, row, column = each.corner
            frame = np.zeros(each.shape[1:], dtype=np.uint8)
            if each.shares.size:
                shares = each.shares[k - first]
                rows, columns = shares.shape
                frame[row : row + rows, column : column + columns] = np.rint(
                    shares * MAXIMUM_FRACTIONAL_VALUE
                )
            yield frame.tobytes()

    return Frames("FRACTIONAL", places, 8, "UNDEFINED", pixels)


def labelmap_frames(masks: Sequence[Spans]) -> Frames:
    """Return a frame of labels for each slice: where segments overlap the smaller one wins."""
    labels = label_map(masks)
    slices = np.flatnonzero(labels.any(axis=(1, 2))).tolist() or [0]
    return Frames(
        "LABELMAP",
        [(0, k) for k in slices],
        8 * labels.itemsize,
        "NO",
        lambda: (labels[k].tobytes() for k in slices),
    )
