"""The masks of a case as one label map; combinations that overlap get values of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MOST_LABELS = 63
"""Masks are added up as bits of a 64-bit number."""


@dataclass
class Regions:
    """Values of label maps: each label has its own number, each combination that occurs another."""

    numbers: Mapping[str, int]
    may_overlap: bool
    values: dict[frozenset[str], int] = field(default_factory=dict)
    """By the labels that a voxel has."""

    def __post_init__(self) -> None:
        self.values |= {frozenset([name]): number for name, number in self.numbers.items()}

    def value(self, names: frozenset[str], case: str) -> int:
        """The value of voxels that have these labels.

        Raises
        ------
        RtstructError
            ``labels_overlap``: combinations are not allowed.
        """
        if names not in self.values:
            if not self.may_overlap:
                raise RtstructError(
                    "labels_overlap",
                    f"{case}: {' and '.join(sorted(names))} overlap",
                )
            self.values[names] = max(self.values.values()) + 1
        return self.values[names]

    def of_label(self, name: str) -> list[int]:
        """All values whose voxels have a label, its own number first."""
        own = self.numbers[name]
        return [own, *sorted(v for names, v in self.values.items() if name in names and v != own)]


def label_map(
    masks: Mapping[str, NDArray[np.bool_]], regions: Regions, case: str
) -> NDArray[np.uint16]:
    """Return (slices, rows, columns) of values, from masks of that shape by label name.

    Raises
    ------
    RtstructError
        ``labels_overlap``.
    """
    names = sorted(masks, key=lambda name: regions.numbers[name])
    if len(names) > MOST_LABELS:
        raise RtstructError("labels_overlap", f"{case} has more than {MOST_LABELS} labels")
    bits = np.zeros(next(iter(masks.values())).shape, dtype=np.uint64)
    for position, name in enumerate(names):
        bits |= masks[name].astype(np.uint64) << np.uint64(position)
    found, inverse = np.unique(bits, return_inverse=True)
    values = [
        regions.value(frozenset(n for p, n in enumerate(names) if int(each) >> p & 1), case)
        if each
        else 0
        for each in found
    ]
    return np.array(values, dtype=np.uint16)[inverse].reshape(bits.shape)
