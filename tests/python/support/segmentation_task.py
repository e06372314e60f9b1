"""Tasks of conversions to DICOM Segmentation, and what is drawn in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conversion.worker_task import COLUMNS, ROWS, SLICES, ROIs, drawn, origins_of, task_of
from rtstruct.catalog.worklist import SelectedROI
from rtstruct.conversion.task import Options
from support.dicom_files import contour, write_series
from support.slow_rule import circle

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.conversion.task import ConversionTask, Outcome

SHAPE = (SLICES, ROWS, COLUMNS)
BODY = {k: [circle(14, 12, 11)] for k in range(SLICES)}
RING = {k: [circle(12, 12, 6), circle(12, 12, 3)] for k in range(2, 7)}
TARGET = {3: [circle(15, 12, 3)], 5: [circle(15, 12, 3)]}
TINY = {3: [circle(20.5, 20.5, 0.3)]}
ROIS: ROIs = {
    (7, "PTV 60"): drawn(TARGET),
    (2, "Kö\\rper"): drawn(BODY),
    (3, "empty"): [],
    (5, "Lung_L"): drawn(RING),
    (8, "tiny"): drawn(TINY),
    (9, "seed"): [contour([[1.0, 2, 3]], "POINT")],
}
PLANES = [BODY, RING, TARGET, TINY]
STUDY = {
    "StudyInstanceUID": "1.2.826.0.1.3680043.10.9999.3",
    "PatientName": "Ärger^Öde",
    "PatientID": "P1",
    "SpecificCharacterSet": "ISO_IR 100",
}
FACTS = {
    5: {
        "structure": "Lung",
        "laterality": "L",
        "ROIGenerationAlgorithm": "AUTOMATIC",
        "ROIDisplayColor": "255,0,0",
        "property_category_code": "91723000",
        "property_category_scheme": "SCT",
        "property_category_meaning": "Anatomical Structure",
        "property_type_code": "39607008",
        "property_type_scheme": "SCT",
        "property_type_meaning": "Lung",
        "modifier_code": "7771000",
        "modifier_scheme": "SCT",
        "modifier_meaning": "Left",
    },
    7: {
        "ROIGenerationAlgorithm": "MANUAL",
        "property_category_code": "130041",
        "property_category_scheme": "DCM",
        "property_category_meaning": "RT Target",
        "property_type_code": "228793007",
        "property_type_scheme": "SCT",
        "property_type_meaning": "PTV",
        "site": "Lung",
        "site_laterality": "L",
        "site_code": "39607008",
        "site_scheme": "SCT",
        "site_meaning": "Lung",
        "modifier_code": "7771000",
        "modifier_scheme": "SCT",
        "modifier_meaning": "Left",
    },
}


def seg_task(folder: Path, rois: ROIs = ROIS, **changes: object) -> ConversionTask:
    if "files" not in changes:
        changes["files"] = write_series(folder / "ct", origins_of(), **STUDY)
    options = changes.pop("options", Options(format="seg"))
    dates = {"StructureSetDate": "20200102", "StructureSetTime": "101112"}
    task = task_of(folder, rois, options=options, **{**dates, **changes})
    (work,) = task.structure_sets
    known = tuple(
        SelectedROI(roi.ROIName, ROINumber=roi.ROINumber, **FACTS.get(roi.ROINumber, {}))
        for roi in work.rois
    )
    provenance = replace(work.provenance, StudyInstanceUID=STUDY["StudyInstanceUID"])
    return replace(task, structure_sets=(replace(work, rois=known, provenance=provenance),))


def file_of(outcome: Outcome, staging: Path) -> Path:
    (path,) = {mask.path for mask in outcome.masks}
    assert path == "patient/set/segmentation.dcm"
    return staging / path
