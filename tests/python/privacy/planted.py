"""Identifiers of patients, studies, institutions and people, each with a value of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom.datadict import dictionary_VR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataset import Dataset

PATIENT = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientBirthTime", "PatientAge"),
    *("PatientSize", "PatientWeight", "PatientAddress", "PatientBirthName", "PatientComments"),
    *("PatientMotherBirthName", "PatientReligiousPreference", "PatientTelephoneNumbers"),
    *("OtherPatientIDs", "OtherPatientNames", "IssuerOfPatientID", "MedicalRecordLocator"),
    *("EthnicGroup", "Occupation", "MilitaryRank", "BranchOfService", "CountryOfResidence"),
    *("RegionOfResidence", "AdditionalPatientHistory", "MedicalAlerts", "Allergies"),
    *("SpecialNeeds", "PatientState", "ResponsiblePerson", "ResponsibleOrganization"),
    *("InsurancePlanIdentification", "LastMenstrualDate", "PersonTelephoneNumbers"),
    *("ClinicalTrialSubjectID", "ClinicalTrialSiteName"),
)
STUDY = (
    *("StudyInstanceUID", "StudyID", "StudyDate", "StudyTime", "StudyDescription"),
    *("AccessionNumber", "AdmissionID", "AdmittingDate", "AdmittingDiagnosesDescription"),
    *("StudyComments", "RequestedProcedureDescription", "ReasonForStudy"),
)
PEOPLE = (
    *("ReferringPhysicianName", "ReferringPhysicianAddress", "RequestingPhysician"),
    *("PerformingPhysicianName", "PhysiciansOfRecord", "NameOfPhysiciansReadingStudy"),
    *("ConsultingPhysicianName", "OperatorsName", "ScheduledPerformingPhysicianName"),
)
PLACES = (
    *("InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName"),
    *("DeviceSerialNumber", "CurrentPatientLocation", "RequestingService"),
)
SERIES = (
    *("SeriesDescription", "SeriesDate", "SeriesTime", "ProtocolName", "ImageComments"),
    *("InstanceCreationDate", "ContentDate", "AcquisitionDate"),
)
STRUCTURE_SET = (
    *("StructureSetLabel", "StructureSetName", "StructureSetDescription", "StructureSetDate"),
    *("StructureSetTime", "ApprovalStatus", "ReviewDate", "ReviewTime", "ReviewerName"),
)
ROI = ("ROIName", "ROIDescription", "ROIGenerationDescription", "ROIInterpreter")
OURS = ("folder", "file")
"""Names on the disk, which are often those of patients."""

ALL = (*PATIENT, *STUDY, *PEOPLE, *PLACES, *SERIES, *STRUCTURE_SET, *ROI, *OURS)
_NUMBERS = {keyword: number for number, keyword in enumerate(ALL, 11)}


def value(keyword: str) -> str:
    """What is planted: within what its value representation allows."""
    number = _NUMBERS[keyword]
    if keyword in OURS:
        return f"Zq{number}{keyword}"
    kind = dictionary_VR(keyword)
    if keyword == "ApprovalStatus":
        return "UNAPPROVED"
    return {
        "DA": f"19{number % 100:02d}0{1 + number % 9}1{number // 100}",
        "TM": f"{number % 24:02d}4{number % 10}17.8{number:03d}57",
        "AS": f"{number:03d}M",
        "DS": f"7{number}.8137",
        "UI": f"1.2.826.0.1.3680043.8.498.71{number}",
        "CS": f"ZQ{number}X",
        "PN": f"Zq{number}^Family",
    }.get(kind, f"Zq{number}{keyword}"[:16])


def needles(keyword: str) -> list[bytes]:
    """How the value may be written, in lower case."""
    text = value(keyword)
    written = [text]
    kind = None if keyword in OURS else dictionary_VR(keyword)
    if kind == "DA":
        written.append(f"{text[:4]}-{text[4:6]}-{text[6:]}")
    elif kind == "TM":
        written.append(f"{text[:2]}:{text[2:4]}:{text[4:]}".rstrip("0"))
    elif kind == "PN":
        written = [text.partition("^")[0]]
    return [each.lower().encode() for each in written]


def plant(dataset: Dataset, keywords: Iterable[str]) -> None:
    for keyword in keywords:
        setattr(dataset, keyword, value(keyword))
