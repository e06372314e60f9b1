"""Labelled ROI names as a file has them, and whether an answer is one that a label allows.

A file is a CSV with the columns `ROIName`, `roi_class`, `structure`, `laterality`, and `source`,
`language` and `kind` where they are known. A label may hold alternatives parted by a slash
(`DERIVED/HELPER`; `/L`: no side, or the left one). A structure after `!` is one that neither TG-263
nor the vocabulary had when the name was labelled.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

T = TypeVar("T")
GROUPS = ("source", "language", "kind")


@dataclass(frozen=True)
class Label:
    """What a person says that a name means.

    Attributes
    ----------
    classes, structures, sides
        What is allowed; an empty string where nothing is.
    group
        The source, language and kind of the name, where the file tells them.
    """

    ROIName: str
    classes: tuple[str, ...]
    structures: tuple[str, ...]
    sides: tuple[str, ...]
    group: dict[str, str]

    @property
    def asks_for_structure(self) -> bool:
        return "" not in self.structures

    @property
    def asks_for_side(self) -> bool:
        return "" not in self.sides


def read_labels(file: Path) -> list[Label]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [_label(row) for row in csv.DictReader(stream)]


def in_sources(labels: Sequence[Label], read: Callable[[list[str]], list[T]]) -> list[T]:
    """Read the names of each source by themselves, as those of one clinic; in the order given."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, label in enumerate(labels):
        places[label.group.get("source", "")].append(place)
    readings: dict[int, T] = {}
    for own in places.values():
        answers = read([labels[place].ROIName for place in own])
        readings |= dict(zip(own, answers, strict=True))
    return [readings[place] for place in range(len(labels))]


def _label(row: dict[str, str]) -> Label:
    return Label(
        ROIName=row["ROIName"],
        classes=_alternatives(row["roi_class"]),
        structures=_alternatives(row["structure"].replace("!", "")),
        sides=_alternatives(row["laterality"]),
        group={key: row[key] for key in GROUPS if row.get(key)},
    )


def _alternatives(cell: str) -> tuple[str, ...]:
    return tuple(alternative.strip() for alternative in cell.split("/"))
