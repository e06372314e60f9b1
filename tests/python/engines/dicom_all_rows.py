"""Rows in the shape of IDC's `dicom_all`, made up.

Deterministic: the same call gives the same rows, on every machine. Names, types and nesting are
IDC's (`dicom_all_schema.json`: the columns of ImagingDataCommons/etl_flow that this project
reads, as BigQuery has them: DICOM IS and DS are strings, sequences are repeated records).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Row = dict[str, Any]

SCHEMA: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("dicom_all_schema.json").read_text()
)

RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
SEG = "1.2.840.10008.5.1.4.1.1.66.4"
MODALITIES = {RTSTRUCT: "RTSTRUCT", CT: "CT", MR: "MR", SEG: "SEG"}

AXIAL = ("1", "0", "0", "0", "1", "0")
LOCALIZER = ["DERIVED", "SECONDARY", "LOCALIZER"]
TILTED = ("1", "0", "0", "0", "0.965926", "-0.258819")


def instance(sop_class: str, study: str, series: str, number: int = 1, **columns: Any) -> Row:
    """One row with what IDC knows of every instance; `columns` go on top."""
    patient, collection = columns.get("PatientID", "P1"), columns.get("collection_id", "lctsc")
    return {
        "collection_name": collection.upper(),
        "collection_id": collection,
        "collection_timestamp": "2024-01-02T03:04:05",
        "access": "Public",
        "PatientID": patient,
        "idc_case_id": f"case-{patient}",
        "StudyInstanceUID": study,
        "SeriesInstanceUID": series,
        "SOPInstanceUID": f"{series}.{number}",
        "SOPClassUID": sop_class,
        "Modality": MODALITIES[sop_class],
        "FrameOfReferenceUID": f"{study}.0",
        "StudyDate": "2011-02-03",
        "SeriesTime": "12:34:05",
        "StudyDescription": "Thorax",
        "crdc_series_uuid": f"uuid-{series}",
        "crdc_instance_uuid": f"uuid-{series}.{number}",
        "series_aws_url": f"s3://idc-open-data/uuid-{series}/*",
        "aws_bucket": "idc-open-data",
        "gcs_bucket": "public-datasets-idc",
        "instance_size": 1000 + number,
        "instance_hash": f"hash-{series}.{number}",
        "series_init_idc_version": 1,
        "series_revised_idc_version": 3,
        "Source_DOI": "10.7937/x",
        "license_short_name": "CC BY 3.0",
        **columns,
    }


def image(study: str, series: str, number: int, z: float, **columns: Any) -> Row:
    """A slice at `z` mm, axial unless told otherwise."""
    defaults = {
        "Rows": 512,
        "Columns": 512,
        "PixelSpacing": ["0.9765625", "0.9765625"],
        "ImagePositionPatient": ["-250", "-250", f"{z:g}"],
        "ImageOrientationPatient": list(AXIAL),
        "SliceThickness": "3.0",
        "PatientPosition": "HFS",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "InstanceNumber": str(number),
        "TransferSyntaxUID": "1.2.840.10008.1.2.1",
    }
    sop_class = columns.pop("SOPClassUID", CT)
    return instance(sop_class, study, series, number, **{**defaults, **columns})


def images(study: str, series: str, count: int, **columns: Any) -> list[Row]:
    """A regular stack, 3 mm apart."""
    return [image(study, series, k + 1, 3.0 * k, **columns) for k in range(count)]


def roi(
    number: object, name: str | None, algorithm: str | None = "MANUAL", volume: str | None = None
) -> Row:
    return {
        "ROINumber": str(number),
        "ROIName": name,
        "ROIVolume": volume,
        "ROIGenerationAlgorithm": algorithm,
    }


def observation(
    number: object, interpreted_type: str | None, code: tuple[str, str, str] | None = None
) -> Row:
    keywords = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
    codes = [dict(zip(keywords, code, strict=True))] if code else []
    return {
        "ObservationNumber": str(number),
        "ReferencedROINumber": str(number),
        "RTROIInterpretedType": interpreted_type,
        "RTROIIdentificationCodeSequence": codes,
    }


def frame(study: str, series: list[str], instances: int = 2, uid: str | None = None) -> Row:
    """One frame of reference that names `series` and the first `instances` of each."""
    return {
        "FrameOfReferenceUID": uid or f"{study}.0",
        "RTReferencedStudySequence": [
            {
                "ReferencedSOPClassUID": "1.2.840.10008.3.1.2.3.1",
                "ReferencedSOPInstanceUID": study,
                "RTReferencedSeriesSequence": [
                    {
                        "SeriesInstanceUID": uid_of_series,
                        "ContourImageSequence": _references(uid_of_series, instances),
                    }
                    for uid_of_series in series
                ],
            }
        ],
    }


def contours(
    number: object, series: str, zs: list[float], kind: str | None = "CLOSED_PLANAR"
) -> Row:
    """A ROI's contours, one at each z: a triangle, or one point if `kind` is POINT."""
    corners = [("0", "0")] if kind == "POINT" else [("0", "0"), ("10", "0"), ("0", "10.5")]
    return {
        "ReferencedROINumber": str(number),
        "ROIDisplayColor": ["255", "0", "64"],
        "ContourSequence": [
            {
                "ContourGeometricType": kind,
                "NumberOfContourPoints": str(len(corners)),
                "ContourNumber": str(position),
                "ContourData": [text for x, y in corners for text in (x, y, f"{z:g}")],
                "ContourImageSequence": _references(series, 1, first=position),
            }
            for position, z in enumerate(zs, start=1)
        ],
    }


def structure_set(study: str, series: str, number: int = 1, **columns: Any) -> Row:
    return instance(RTSTRUCT, study, series, number, **columns)


def segmentation(study: str, series: str, image_series: str, *segments: Row) -> Row:
    """A Segmentation of an image series."""
    return instance(
        SEG,
        study,
        series,
        SegmentationType="BINARY",
        ReferencedSeriesSequence=[{"SeriesInstanceUID": image_series}],
        SegmentSequence=list(segments),
    )


def segment(number: int, label: str | None, code: str | None = None, side: str = "") -> Row:
    """A segment with a SNOMED CT code, and the code of its side."""
    sides = [{"CodeValue": side, "CodingSchemeDesignator": "SCT", "CodeMeaning": "side"}]
    kind = {"CodeValue": code, "CodingSchemeDesignator": "SCT", "CodeMeaning": "organ"}
    kind["SegmentedPropertyTypeModifierCodeSequence"] = sides if side else []
    return {
        "SegmentNumber": number,
        "SegmentLabel": label,
        "SegmentAlgorithmType": "AUTOMATIC",
        "SegmentedPropertyTypeCodeSequence": [kind] if code else [],
    }


def _references(series: str, count: int, first: int = 1) -> list[Row]:
    return [
        {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": f"{series}.{k}"}
        for k in range(first, first + count)
    ]
