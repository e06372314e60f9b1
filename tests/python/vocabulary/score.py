"""What share of labelled names the vocabulary reads as labelled, and what it says of the rest.

Recall and precision ask for structure and side together: a missing answer costs recall, a wrong one
both. An answer is right if class, structure and side are. Intervals are bootstrapped over whole
sources where a file names them (names of one clinic are alike), else over names.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from labels import GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labels import Label

    from rtstruct.catalog.vocabulary import Reading

SHARES = (
    "recall",
    "precision",
    "class",
    "right",
    "A share",
    "A right",
    "B right",
    "listed",
    "errors listed",
)
COUNTS = ("names", "wrong side", "untold side", "unflagged", "invented side")
RESAMPLES = 1000


@dataclass(frozen=True)
class Answer:
    """A labelled name and what the vocabulary says of it."""

    label: Label
    facets: dict[str, str]

    @property
    def structure_is_right(self) -> bool:
        structure, side = self.facets["structure"], self.facets["laterality"]
        return structure in self.label.structures and side in self.label.sides

    @property
    def is_right(self) -> bool:
        return self.facets["roi_class"] in self.label.classes and (
            self.structure_is_right
            # Without a structure, an untold side is no error of its own.
            or (
                self.facets["structure"] in self.label.structures
                and not self.facets["structure"]
                and not self.facets["laterality"]
            )
        )

    @property
    def is_listed(self) -> bool:
        """Whether `roi_names_to_review` holds the name."""
        roi_class, structure = self.facets["roi_class"], self.facets["structure"]
        return bool(
            self.facets["conflict"]
            or roi_class == "UNKNOWN"
            or (roi_class in ("ANATOMY", "PRV", "DERIVED") and not structure)
            or self.facets["confidence"] in ("C", "D")
        )

    @property
    def has_wrong_side(self) -> bool:
        side = self.facets["laterality"]
        other = {"L": "R", "R": "L"}.get(side)
        return other in self.label.sides and side not in self.label.sides

    @property
    def has_untold_side(self) -> bool:
        return (
            self.label.asks_for_side
            and bool(self.facets["structure"])
            and not self.facets["laterality"]
        )

    @property
    def has_invented_side(self) -> bool:
        return self.label.sides == ("",) and bool(self.facets["laterality"])


def answers(labels: Sequence[Label], readings: Sequence[Reading]) -> list[Answer]:
    return [
        Answer(label, {facet: str(value or "") for facet, value in reading.facets.items()})
        for label, reading in zip(labels, readings, strict=True)
    ]


def figures(answers: Sequence[Answer]) -> dict[str, float]:
    """Counts, and shares in per cent (nan where there is nothing to share)."""
    parts = _parts(answers).sum(axis=0)
    return {
        "names": len(answers),
        **_shares(parts),
        "wrong side": sum(answer.has_wrong_side for answer in answers),
        "untold side": sum(answer.has_untold_side for answer in answers),
        "unflagged": sum(a.has_untold_side and not a.is_listed for a in answers),
        "invented side": sum(answer.has_invented_side for answer in answers),
    }


def intervals(answers: Sequence[Answer]) -> dict[str, tuple[float, float]]:
    """95 % intervals of the shares, in per cent."""
    units: dict[str, list[Answer]] = defaultdict(list)
    for number, answer in enumerate(answers):
        units[answer.label.group.get("source", str(number))].append(answer)
    parts = np.array([_parts(members).sum(axis=0) for members in units.values()])
    picks = np.random.default_rng(263).integers(len(parts), size=(RESAMPLES, len(parts)))
    samples = [_shares(parts[rows].sum(axis=0)) for rows in picks]
    columns = {share: [sample[share] for sample in samples] for share in SHARES}
    return {
        share: (float(np.nanpercentile(drawn, 2.5)), float(np.nanpercentile(drawn, 97.5)))
        for share, drawn in columns.items()
        if not np.isnan(drawn).all()
    }


def _parts(answers: Sequence[Answer]) -> np.ndarray:
    """One row per answer; for each share its part and its whole. Shape (n, shares, 2)."""

    def row(answer: Answer) -> list[tuple[bool, bool]]:
        right, confidence = answer.is_right, answer.facets["confidence"]
        given = bool(answer.facets["structure"])
        wanted = answer.label.asks_for_structure
        return [
            (wanted and answer.structure_is_right, wanted),
            (given and answer.structure_is_right, given),
            (answer.facets["roi_class"] in answer.label.classes, True),
            (right, True),
            (confidence == "A", True),
            (confidence == "A" and right, confidence == "A"),
            (confidence == "B" and right, confidence == "B"),
            (answer.is_listed, True),
            (not right and answer.is_listed, not right),
        ]

    return np.array([row(answer) for answer in answers], dtype=int)


def _shares(parts: np.ndarray) -> dict[str, float]:
    return {
        share: 100 * float(part) / float(whole) if whole else float("nan")
        for share, (part, whole) in zip(SHARES, parts, strict=True)
    }


def grouped(answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    """The answers by source, language, kind, labelled class, confidence and rule."""
    groups: dict[tuple[int, str], list[Answer]] = defaultdict(list)
    for answer in answers:
        keys = {
            **{key: answer.label.group.get(key, "") for key in GROUPS},
            "labelled": answer.label.classes[0],
            "confidence": answer.facets["confidence"],
            "rule": answer.facets["match_rule"],
        }
        for place, (key, value) in enumerate(keys.items()):
            if value:
                groups[place, f"{key} {value}"].append(answer)
    return {name: groups[place, name] for place, name in sorted(groups)}
