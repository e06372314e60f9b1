"""Masks in one map of labels, against voxels that are looked at one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtstruct.geometry.labels import label_map, overlaps
from rtstruct.geometry.spans import Spans

SHAPE = (3, 5, 9)


def spans(mask: np.ndarray) -> Spans:
    ends = np.diff(np.pad(mask, ((0, 0), (0, 0), (1, 1))).astype(np.int8))
    line = np.arange(15).reshape(3, 5, 1) * 9 + np.arange(10)
    return Spans(line[ends == 1], line[ends == -1], mask.shape)


@given(
    shares=st.lists(st.sampled_from([0, 0.1, 0.4, 0.9, 1]), min_size=1, max_size=6),
    seed=st.integers(0, 9999),
)
def test_the_smallest_structure_wins_and_every_overlap_is_told(
    shares: list[float], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    masks = [rng.random(SHAPE) < share for share in shares]
    found = label_map([spans(mask) for mask in masks])
    assert found.dtype == np.uint8
    for voxel in np.ndindex(SHAPE):
        there = [(mask.sum(), n) for n, mask in enumerate(masks, 1) if mask[voxel]]
        assert found[voxel] == (min(there)[1] if there else 0)
    expected = [
        (a, b, (masks[a - 1] & masks[b - 1]).sum())
        for b in range(1, len(masks) + 1)
        for a in range(1, b)
        if (masks[a - 1] & masks[b - 1]).any()
    ]
    assert sorted(overlaps([spans(mask) for mask in masks])) == sorted(expected)


def test_more_labels_than_a_byte_holds() -> None:
    first = np.arange(300)
    masks = [Spans(first[n : n + 1], first[n : n + 1] + 1, (10, 5, 6)) for n in first]
    found = label_map(masks)
    assert found.dtype == np.uint16
    assert np.array_equal(found.ravel(), first + 1)
