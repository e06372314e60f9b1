"""Patient and study of a DICOM Segmentation: those of its images, or a pseudonym."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.valuerep import DA, TM

_OF_PATIENT = ("PatientID", "PatientName", "PatientBirthDate", "PatientSex")
_OF_STUDY = ("AccessionNumber", "StudyID", "StudyDate", "StudyTime", "ReferringPhysicianName")

REQUIRED = (
    *(
        "SpecificCharacterSet",
        "SOPInstanceUID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "Modality",
    ),
    *_OF_PATIENT,
    *_OF_STUDY,
    *("PositionReferenceIndicator", "LossyImageCompression", "LossyImageCompressionRatio"),
    "LossyImageCompressionMethod",
)
"""All that is taken from the header of an image: what a Segmentation must have (types 1 and 2 of
the modules Patient, General Study, Frame of Reference, and whether the images were compressed)."""

DEIDENTIFICATION = (
    *("PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence"),
    "LongitudinalTemporalInformationModified",
)
"""Patient and study attributes that say what became of the identity of the patient."""


def patient_and_study(header: Dataset, pseudonym: str | None, pseudonymous_study: str) -> Dataset:
    """Return the attributes that the standard requires, empty where an image has no such value."""
    from pydicom import Dataset
    from pydicom.datadict import keyword_for_tag
    from pydicom.valuerep import DA, TM

    source = Dataset()
    source.update(
        {element.tag: element for element in header if keyword_for_tag(element.tag) in REQUIRED}
    )
    source.decode()
    if pseudonym is not None:
        for keyword in (*_OF_PATIENT, *_OF_STUDY):
            setattr(source, keyword, "")
        source.PatientID = source.PatientName = pseudonym
        source.StudyInstanceUID = pseudonymous_study
    for keyword in (*_OF_PATIENT, *_OF_STUDY):
        setattr(source, keyword, str(source.get(keyword) or ""))
    if source.PatientSex not in ("M", "F", "O"):
        source.PatientSex = ""
    for keyword, kind in (("PatientBirthDate", DA), ("StudyDate", DA), ("StudyTime", TM)):
        if not is_a(kind, source[keyword].value):
            setattr(source, keyword, "")
    return source


def is_a(kind: type[DA] | type[TM], text: str) -> bool:
    """Whether a text is a date, or a time."""
    try:
        kind(text)
    except ValueError:
        return False
    return True
