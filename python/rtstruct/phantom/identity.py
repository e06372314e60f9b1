"""Identifiers of phantoms: the same words give the same UIDs, on every machine, every day."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

from pydicom.uid import UID

_NAMESPACE = UUID("6d1d7f5e-3b0e-5c43-9a57-1f0b9f6b6c11")

PHANTOM_DATE = "20000101"
"""The day on which all phantoms were made: nothing in a phantom depends on the clock."""


def phantom_uid(*words: str) -> UID:
    """A UID under the root 2.25 (a UUID as an integer; DICOM PS3.5 B.2) that depends on `words`."""
    return UID(f"2.25.{uuid5(_NAMESPACE, '/'.join(words)).int}")


def smallest_character_set(*texts: str) -> str:
    """SpecificCharacterSet that holds `texts`: Latin 1 if it does, else UTF-8.

    For ASCII alone the standard has no term (PS3.3 section C.12.1.1.2).
    """
    try:
        "".join(texts).encode("latin-1")
    except UnicodeEncodeError:
        return "ISO_IR 192"
    return "ISO_IR 100"


@dataclass(frozen=True)
class Study:
    """A phantom patient on a day; everything written for it shares study and patient."""

    PatientID: str
    PatientName: str = "Phantom^Person"
    label: str = "1"
    """Tells several studies of one patient apart."""

    @property
    def study_instance_uid(self) -> UID:
        """StudyInstanceUID: the same for the same names."""
        return phantom_uid(self.PatientID, self.label, "study")
