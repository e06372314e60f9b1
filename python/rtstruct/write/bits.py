"""Masks as frames of single bits, the empty ones left out (PS3.5 section 8.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rtstruct.geometry.grid import ImageGrid

# So many frames end on a whole byte, whatever their size.
FRAMES_AT_ONCE = 8


def frames_of(masks: Sequence[Spans]) -> list[tuple[int, int]]:
    """Number of the mask, from 1, and slice of each frame that has voxels; at least one frame."""
    found = []
    for number, mask in enumerate(masks, 1):
        _, rows, columns = mask.shape
        found += [(number, int(k)) for k in np.unique(mask.starts // (rows * columns))]
    return found or [(1, 0)]


def pack(masks: Sequence[Spans], frames: Sequence[tuple[int, int]], grid: ImageGrid) -> bytes:
    """Bits of all frames one after the other, the first voxel lowest."""
    slices, rows, columns = grid.shape
    size = rows * columns
    place = np.zeros((len(masks), slices), dtype=np.int64)
    for n, (number, k) in enumerate(frames):
        place[number - 1, k] = n
    shifts = [
        ((place[n] - np.arange(slices)) * size)[mask.starts // size] for n, mask in enumerate(masks)
    ]
    starts = np.concatenate([mask.starts + by for mask, by in zip(masks, shifts, strict=True)])
    ends = np.concatenate([mask.ends + by for mask, by in zip(masks, shifts, strict=True)])
    parts = []
    for first in range(0, len(frames), FRAMES_AT_ONCE):
        count = min(FRAMES_AT_ONCE, len(frames) - first)
        low, high = np.searchsorted(starts, [first * size, (first + count) * size])
        part = Spans(
            starts[low:high] - first * size, ends[low:high] - first * size, (count, rows, columns)
        )
        parts.append(np.packbits(part.to_array().ravel(), bitorder="little").tobytes())
    return b"".join(parts)


def any_overlap(masks: Sequence[Spans]) -> bool:
    """Whether any two masks share a voxel."""
    starts = np.concatenate([mask.starts for mask in masks])
    ends = np.concatenate([mask.ends for mask in masks])
    order = np.argsort(starts)
    return bool((starts[order][1:] < ends[order][:-1]).any())
