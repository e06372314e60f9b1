"""Pseudonyms of one report: what says who a patient is leaves the home only when asked for."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rtstruct.pseudonyms import scrubbed

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORTEST = 3
"""A shorter PatientID occurs by chance in any text."""


@dataclass
class Pseudonyms:
    """Patients by numbers that mean nothing outside of this report.

    With ``with_identifiers`` everything is shown as it is. Patients of public data are those of
    series with a link into IDC; they are shown as they are, too.
    """

    with_identifiers: bool
    _numbers: dict[tuple[str | None, str], str] = field(default_factory=dict)

    def learn(self, patients: Iterable[tuple[str | None, str | None, bool]]) -> None:
        """Number the patients, in an order that says nothing: collection, PatientID, is public."""
        known = sorted({(c, p, public) for c, p, public in patients if p}, key=str)
        random.SystemRandom().shuffle(known)
        for number, (collection, patient, public) in enumerate(known, start=1):
            shown = patient if public or self.with_identifiers else f"patient {number}"
            self._numbers[(collection, patient)] = shown

    def patient(self, collection: str | None, patient: str | None) -> str | None:
        """What the pages call a patient."""
        return self._numbers.get((collection, patient), "patient") if patient else None

    def text(self, text: str | None, patient: str | None = None) -> str | None:
        """A message or detail without UIDs, paths, dates and the PatientID."""
        if text is None or self.with_identifiers:
            return text
        text = scrubbed(text)
        if patient and len(patient) >= _SHORTEST:
            text = text.replace(patient, "(patient)")
        return text
