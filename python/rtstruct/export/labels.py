"""What each ROI is called in a training set, and the number that stands for it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtstruct.errors import UsageError
from rtstruct.quoting import for_spreadsheet, from_spreadsheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rtstruct.export.cases import NamedMask

LARGEST_LABEL = 60_000
"""Label maps have 16 bits, and combinations that overlap have values above those of labels."""
COLUMNS = ("label", "name", "ROIName")


@dataclass(frozen=True)
class Labels:
    """Numbers by name, 1 and up, and the names of ROIs that the vocabulary does not decide."""

    numbers: Mapping[str, int]
    by_roi_name: Mapping[str, str]

    def is_guess(self, mask: NamedMask) -> bool:
        """Whether the label of a mask may be that of something else."""
        return mask.naming.is_guess and mask.ROIName not in self.by_roi_name

    def name_of(self, mask: NamedMask) -> str | None:
        """The label of a mask; None if it has none."""
        name = self.by_roi_name.get(mask.ROIName, mask.naming.name)
        return name if name in self.numbers else None


def read_labels(path: Path) -> Labels:
    """Read a table of labels: ``label`` (a number), ``name``, and ``ROIName`` where names decide.

    Raises
    ------
    UsageError
        It cannot be read, or gives a number or a ROIName two meanings.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        numbered = [
            (
                int(row["label"]),
                from_spreadsheet(row["name"]),
                from_spreadsheet(row.get("ROIName") or ""),
            )
            for row in rows
        ]
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise UsageError(
            f"{path} is not a table of labels: {error}", f"Its columns are {', '.join(COLUMNS)}"
        ) from error
    numbers: dict[str, int] = {}
    by_roi_name: dict[str, str] = {}
    for label, name, roi_name in numbered:
        if label < 1:
            raise UsageError(f"{path}: {name} has label {label}", "Labels are numbers from 1 up")
        if label > LARGEST_LABEL:
            raise UsageError(
                f"{path}: {name} has label {label}",
                f"The largest that there can be is {LARGEST_LABEL}",
            )
        if numbers.setdefault(name, label) != label:
            raise UsageError(f"{path}: {name} has label {label} beside {numbers[name]}")
        if roi_name and by_roi_name.setdefault(roi_name, name) != name:
            raise UsageError(f"{path}: ROIName {roi_name!r} has two labels")
    if not numbers:
        raise UsageError(f"{path} holds no label", f"Its columns are {', '.join(COLUMNS)}")
    if len(set(numbers.values())) < len(numbers):
        raise UsageError(f"{path}: two names have one label")
    return Labels(numbers, by_roi_name)


def make_labels(masks: Iterable[NamedMask]) -> Labels:
    """Number the names that the vocabulary gives, in alphabetical order."""
    names = sorted({name for mask in masks if (name := mask.naming.name) is not None})
    return Labels({name: number for number, name in enumerate(names, 1)}, {})


def labels_table(labels: Labels) -> str:
    """Return the table that ``read_labels`` reads: give it to the next export for equal numbers."""
    roi_names: dict[str, list[str]] = {}
    for roi_name, name in labels.by_roi_name.items():
        roi_names.setdefault(name, []).append(roi_name)
    lines = [COLUMNS]
    for name, number in sorted(labels.numbers.items(), key=lambda item: item[1]):
        lines += [(str(number), name, roi_name) for roi_name in roi_names.get(name, [""])]
    return "".join(map(for_spreadsheet, lines))
