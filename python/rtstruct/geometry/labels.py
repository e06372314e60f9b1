"""Several masks as one map of labels, and what such a map cannot say: their overlaps."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from rtstruct.geometry.spans import Spans

    Labels: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]


def label_map(masks: Sequence[Spans]) -> Labels:
    """Return (slices, rows, columns) with 1 where the first mask is, 2 where the second, and so on.

    Where masks overlap the smaller one wins, of two of one size the earlier: a target inside an
    organ inside the body stays whole. There is at least one mask, and all have one shape.
    """
    few = len(masks) <= np.iinfo(np.uint8).max
    shape = masks[0].shape
    labels: Labels = np.zeros(shape, np.uint8) if few else np.zeros(shape, np.uint16)
    flat = labels.reshape(-1)
    for number in sorted(range(len(masks)), key=lambda n: (-masks[n].voxel_count, -n)):
        mask = masks[number]
        lengths = mask.ends - mask.starts
        first = np.repeat(mask.starts - (np.cumsum(lengths) - lengths), lengths)
        flat[first + np.arange(len(first))] = number + 1
    return labels


def overlaps(masks: Sequence[Spans]) -> list[tuple[int, int, int]]:
    """Return (number, number, voxels) of each two masks that share voxels, counted from 1."""
    boxes = [mask.bounding_box for mask in masks]
    found = []
    for (a, one), (b, other) in combinations(enumerate(masks, 1), 2):
        if _meet(boxes[a - 1], boxes[b - 1]) and (shared := shared_voxels(one, other)):
            found.append((a, b, shared))
    return found


def _meet(one: tuple[int, ...] | None, other: tuple[int, ...] | None) -> bool:
    """Whether two bounding boxes share a voxel."""
    if one is None or other is None:
        return False
    return all(max(one[n], other[n]) <= min(one[n + 3], other[n + 3]) for n in range(3))


def shared_voxels(one: Spans, other: Spans) -> int:
    """Return how many voxels two masks of one shape share."""
    if len(one.starts) > len(other.starts):
        one, other = other, one
    before = np.concatenate([[0], np.cumsum(other.ends - other.starts)])

    def below(position: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many voxels of the other mask lie before a position."""
        run = np.searchsorted(other.starts, position)
        last_end = np.concatenate([[0], other.ends])[run]
        return before[run] - np.maximum(last_end - position, 0)

    return int((below(one.ends) - below(one.starts)).sum())
