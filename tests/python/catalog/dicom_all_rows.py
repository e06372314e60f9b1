"""A small ``dicom_all`` made by hand: what real structure sets do, one oddity a row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb

from rtstruct.index.schema import column_types

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
PT = "1.2.840.10008.5.1.4.1.1.128"
CLASS_OF_MODALITY = {"CT": CT, "MR": MR, "PT": PT, "RTDOSE": "1.2.840.10008.5.1.4.1.1.481.2"}

_IMAGE_REFERENCE = "STRUCT(ReferencedSOPClassUID VARCHAR, ReferencedSOPInstanceUID VARCHAR)[]"
_CODE = "STRUCT(CodeValue VARCHAR, CodingSchemeDesignator VARCHAR, CodeMeaning VARCHAR)[]"

SEGMENTS = ("SegmentationType", "SegmentSequence", "ReferencedSeriesSequence")

COLUMNS: dict[str, str] = {
    "access": "VARCHAR",
    "collection_id": "VARCHAR",
    "analysis_result_id": "VARCHAR",
    "PatientID": "VARCHAR",
    "StudyInstanceUID": "VARCHAR",
    "SeriesInstanceUID": "VARCHAR",
    "SOPInstanceUID": "VARCHAR",
    "SOPClassUID": "VARCHAR",
    "Modality": "VARCHAR",
    "FrameOfReferenceUID": "VARCHAR",
    "SeriesDescription": "VARCHAR",
    "StructureSetLabel": "VARCHAR",
    "StructureSetName": "VARCHAR",
    "StructureSetDate": "DATE",
    "ApprovalStatus": "VARCHAR",
    "Manufacturer": "VARCHAR",
    "ManufacturerModelName": "VARCHAR",
    "Rows": "BIGINT",
    "Columns": "BIGINT",
    "PixelSpacing": "VARCHAR[]",
    "ImagePositionPatient": "VARCHAR[]",
    "ImageOrientationPatient": "VARCHAR[]",
    "NumberOfFrames": "VARCHAR",
    "InstanceNumber": "VARCHAR",
    "ImageType": "VARCHAR[]",
    "SliceThickness": "VARCHAR",
    "AcquisitionNumber": "VARCHAR",
    "TemporalPositionIdentifier": "VARCHAR",
    "TemporalPositionIndex": "BIGINT",
    "EchoTime": "VARCHAR",
    "DiffusionBValue": "DOUBLE",
    "TriggerTime": "VARCHAR",
    "AcquisitionTime": "TIME",
    "ConvolutionKernel": "VARCHAR[]",
    "ContentTime": "TIME",
    "crdc_series_uuid": "VARCHAR",
    "aws_bucket": "VARCHAR",
    "instance_size": "BIGINT",
    "instance_hash": "VARCHAR",
    "series_init_idc_version": "BIGINT",
    "series_revised_idc_version": "BIGINT",
    "license_short_name": "VARCHAR",
    "Source_DOI": "VARCHAR",
    "StructureSetROISequence": (
        "STRUCT(ROINumber VARCHAR, ReferencedFrameOfReferenceUID VARCHAR, ROIName VARCHAR,"
        " ROIDescription VARCHAR, ROIVolume VARCHAR, ROIGenerationAlgorithm VARCHAR)[]"
    ),
    "RTROIObservationsSequence": (
        "STRUCT(ObservationNumber VARCHAR, ReferencedROINumber VARCHAR,"
        f" RTROIInterpretedType VARCHAR, RTROIIdentificationCodeSequence {_CODE})[]"
    ),
    "ReferencedFrameOfReferenceSequence": (
        "STRUCT(FrameOfReferenceUID VARCHAR, RTReferencedStudySequence STRUCT("
        "ReferencedSOPInstanceUID VARCHAR, RTReferencedSeriesSequence STRUCT("
        f"SeriesInstanceUID VARCHAR, ContourImageSequence {_IMAGE_REFERENCE})[])[])[]"
    ),
    "ROIContourSequence": (
        "STRUCT(ReferencedROINumber VARCHAR, ROIDisplayColor VARCHAR[], ContourSequence STRUCT("
        f"ContourImageSequence {_IMAGE_REFERENCE}, ContourGeometricType VARCHAR,"
        " NumberOfContourPoints VARCHAR, ContourData VARCHAR[])[])[]"
    ),
    **{name: column_types()[name] for name in SEGMENTS},
}
"""The columns of IDC's ``dicom_all`` that the catalog reads, with their DuckDB types."""

LOCAL_COLUMNS: dict[str, str] = {
    "file_path": "VARCHAR",
    "archive_member": "VARCHAR",
    "header_hash": "VARCHAR",
    "roi_contours": (
        "STRUCT(ReferencedROINumber VARCHAR, item_count BIGINT, contour_count BIGINT,"
        " point_count BIGINT,"
        " contour_geometric_types VARCHAR[], enclosing_contour_count BIGINT,"
        " point_contour_count BIGINT, untyped_contour_count BIGINT, z_min_mm DOUBLE,"
        " z_max_mm DOUBLE, ROIDisplayColor VARCHAR[], image_sop_uids VARCHAR[],"
        " image_contour_counts BIGINT[])[]"
    ),
    "frame_stacks": column_types()["frame_stacks"],
    "registrations": column_types()["registrations"],
}
"""The columns that only a local index has."""

FILES_COLUMNS: dict[str, str] = {
    "file_path": "VARCHAR",
    "archive_member": "VARCHAR",
    "outcome": "VARCHAR",
    "SOPInstanceUID": "VARCHAR",
}
"""Those columns of the table of all files met that the catalog reads."""

Row = dict[str, Any]


def roi(number: str | None, name: str | None, frame: str = "1.9.1", **more: str) -> Row:
    return {
        "ROINumber": number,
        "ROIName": name,
        "ReferencedFrameOfReferenceUID": frame,
        "ROIGenerationAlgorithm": "MANUAL",
        **more,
    }


def observation(number: str, kind: str | None, code: tuple[str, str, str] | None = None) -> Row:
    row: Row = {"ReferencedROINumber": number, "RTROIInterpretedType": kind}
    if code:
        keys = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
        row["RTROIIdentificationCodeSequence"] = [dict(zip(keys, code, strict=True))]
    return row


def frame(
    uid: str, series: dict[str | None, list[str]] | None = None, image_class: str = CT
) -> Row:
    """A frame of reference with the series, and the images of each, that a structure set names."""
    named = [
        {
            "SeriesInstanceUID": series_uid,
            "ContourImageSequence": [
                {"ReferencedSOPClassUID": image_class, "ReferencedSOPInstanceUID": sop}
                for sop in sops
            ],
        }
        for series_uid, sops in (series or {}).items()
    ]
    study = [{"ReferencedSOPInstanceUID": "1.0", "RTReferencedSeriesSequence": named}]
    return {"FrameOfReferenceUID": uid, "RTReferencedStudySequence": study if series else []}


def contours(
    number: str,
    kinds: Iterable[str] = ("CLOSED_PLANAR",),
    count: int = 3,
    images: Iterable[str] = (),
) -> Row:
    kinds = sorted(kinds)
    return {
        "ReferencedROINumber": number,
        "item_count": int(count > 0),
        "contour_count": count,
        "point_count": count * 4,
        "contour_geometric_types": kinds if count else [],
        "enclosing_contour_count": count if any("CLOSED" in kind for kind in kinds) else 0,
        "point_contour_count": count if "POINT" in kinds else 0,
        "untyped_contour_count": 0,
        "z_min_mm": 0.0 if count else None,
        "z_max_mm": 5.0 if count else None,
        "ROIDisplayColor": ["255", "0", "0"],
        "image_sop_uids": list(images),
        "image_contour_counts": [1 for _ in images],
    }


def images(
    series: str,
    *,
    count: int = 3,
    modality: str = "CT",
    patient: str = "P1",
    study: str = "1.2.1",
    frame_uid: str | None = "1.9.1",
    positions: list[float] | None = None,
    orientation: tuple[str, ...] = ("1", "0", "0", "0", "1", "0"),
    **more: Any,
) -> list[Row]:
    """An image series; the SOPInstanceUIDs are the series' UID with .1, .2 and so on."""
    heights = positions if positions is not None else [2.5 * k for k in range(count)]
    return [
        {
            "collection_id": "phantoms",
            "PatientID": patient,
            "StudyInstanceUID": study,
            "SeriesInstanceUID": series,
            "SOPInstanceUID": f"{series}.{k + 1}",
            "SOPClassUID": CLASS_OF_MODALITY[modality],
            "Modality": modality,
            "FrameOfReferenceUID": frame_uid,
            "Rows": 4,
            "Columns": 5,
            "PixelSpacing": ["1.5", "2"],
            "ImagePositionPatient": ["-3", "-4", str(height)],
            "ImageOrientationPatient": list(orientation),
            "InstanceNumber": str(k + 1),
            "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
            "instance_size": 1000,
            "file_path": f"/data/{series}/{k + 1}.dcm",
            "header_hash": f"hash-{series}-{k + 1}",
            **more,
        }
        for k, height in enumerate(heights)
    ]


def structure_set(
    sop: str,
    rois: list[Row],
    *,
    observations: list[Row] | None = None,
    frames: list[Row] | None = None,
    roi_contours: list[Row] | None = None,
    patient: str = "P1",
    study: str = "1.2.1",
    series: str | None = None,
    **more: Any,
) -> Row:
    return {
        "collection_id": "phantoms",
        "PatientID": patient,
        "StudyInstanceUID": study,
        "SeriesInstanceUID": series or sop.rpartition(".")[0],
        "SOPInstanceUID": sop,
        "SOPClassUID": RTSTRUCT,
        "Modality": "RTSTRUCT",
        "StructureSetROISequence": rois,
        "RTROIObservationsSequence": observations or [],
        "ReferencedFrameOfReferenceSequence": frames or [],
        "roi_contours": roi_contours or [],
        "instance_size": 2000,
        "instance_hash": f"md5-{sop}",
        "file_path": f"/data/{sop}.dcm",
        **more,
    }


def write_files_parquet(path: Path, rows: list[Row]) -> Path:
    """Write the table of all files met, which lies beside the index."""
    return _write(path, rows, FILES_COLUMNS)


def write_parquet(path: Path, rows: list[Row], *, drop: Iterable[str] = ()) -> Path:
    """Write the rows as ``dicom_all.parquet``; ``drop`` leaves columns out."""
    columns = {**COLUMNS, **LOCAL_COLUMNS}
    return _write(path, [{"access": "Public", **row} for row in rows], columns, drop)


def _write(path: Path, rows: list[Row], columns: dict[str, str], drop: Iterable[str] = ()) -> Path:
    lines = path.with_suffix(".ndjson")
    lines.write_text("\n".join(json.dumps(row) for row in rows))
    quoted = str(lines).replace("'", "''")
    kept = ", ".join(f'"{name}"' for name in columns if name not in set(drop))
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    duckdb.sql(
        f"select {kept} from read_json('{quoted}', format='newline_delimited',"
        f" maximum_object_size=100000000, columns={{{types}}})"
    ).write_parquet(str(path))
    lines.unlink()
    return path
