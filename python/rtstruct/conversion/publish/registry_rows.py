"""What a worker gave back, as rows of the registry."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.conversion.identity import conversion_id, stack_suffix, stored_path
from rtstruct.conversion.task import NOTHING_TO_CONVERT
from rtstruct.geometry.image_statistics import ImageStatistics
from rtstruct.geometry.mask_shape import MaskShape
from rtstruct.licenses import effective
from rtstruct.pseudonyms import scrubbed
from rtstruct.registry.writer import ConversionRows
from rtstruct.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rtstruct.catalog.worklist import SelectedROI
    from rtstruct.conversion.task import ConversionTask, Mask, Outcome, StructureSetWork
    from rtstruct.registry.table import Row


@dataclass(frozen=True)
class Run:
    """What all attempts of one command run share; lies beside them as ``run.json``."""

    run_id: str
    home: str
    registry: str
    out: str
    parameters: str
    parameters_hash: str


def rows_of(
    run: Run, task_id: str, task: ConversionTask, outcomes: tuple[Outcome, ...]
) -> Iterator[ConversionRows]:
    """Rows for each structure set of a task; its masks lie in place by now.

    Every ROI that was asked for is accounted for: one that the outcome does not mention gets a
    row in ``roi_failures`` with the outcome's own error.
    """
    home, out = Path(run.home), Path(run.out)
    for work, outcome in zip(task.structure_sets, outcomes, strict=True):
        if task.is_pseudonymised:
            outcome = _scrubbed(outcome)
        shared = _shared(run, task, work)
        rois = {roi.ROINumber: roi for roi in work.rois}
        masks = tuple(
            {
                **shared,
                **_licenses(task, work),
                **_facts(rois.get(mask.ROINumber), mask.ROINumber, mask.ROIName),
                **_of_mask(mask, home, out),
            }
            for mask in outcome.masks
        )
        points = tuple(
            {
                **shared,
                **_licenses(task, work),
                **_facts(rois.get(point.ROINumber), point.ROINumber, point.ROIName),
                "x_mm": point.x_mm,
                "y_mm": point.y_mm,
                "z_mm": point.z_mm,
            }
            for point in outcome.points
        )
        failures = tuple(
            {**shared, **failure} for failure in _failures(work, outcome, masks, points)
        )
        overlaps = tuple(
            {"conversion_id": shared["conversion_id"], **dataclasses.asdict(overlap)}
            for overlap in outcome.mask_overlaps
        )
        yield ConversionRows(
            _conversion(run, task_id, task, work, outcome), masks, points, failures, overlaps
        )


def _scrubbed(outcome: Outcome) -> Outcome:
    """The outcome without paths and the like in its messages."""
    return dataclasses.replace(
        outcome,
        message=outcome.message and scrubbed(outcome.message),
        failures=tuple(
            dataclasses.replace(failure, message=scrubbed(failure.message))
            for failure in outcome.failures
        ),
    )


def _of_mask(mask: Mask, home: Path, out: Path) -> Row:
    bounds = ("i_min", "j_min", "k_min", "i_max", "j_max", "k_max")
    return {
        "path": stored_path(home, out / mask.path),
        "format": mask.format,
        "label": mask.label,
        "grid": mask.grid,
        "reference_path": mask.reference and stored_path(home, out / mask.reference.path),
        "reference_sha256": mask.reference and mask.reference.sha256,
        "file_size": (out / mask.path).stat().st_size,
        "sha256": mask.sha256,
        "voxel_count": mask.voxel_count,
        "slice_count": mask.slice_count,
        "mask_volume_mL": mask.mask_volume_mL,
        "contour_volume_mL": mask.contour_volume_mL,
        **dict(zip(bounds, mask.bounding_box_ijk or [None] * 6, strict=True)),
        "centroid_mm": list(mask.centroid_mm) if mask.centroid_mm else None,
        **{
            field.name: getattr(mask.shape, field.name, None)
            for field in dataclasses.fields(MaskShape)
        },
        **{
            field.name: getattr(mask.statistics, field.name, None)
            for field in dataclasses.fields(ImageStatistics)
        },
        "contours_used": mask.contours_used,
        "contours_skipped": mask.contours_skipped,
        "notes": list(mask.notes),
        "contours_named": mask.contours_named,
        "contours_listed": mask.contours_listed,
        "contours_by_position": mask.contours_by_position,
        "contours_elsewhere": mask.contours_elsewhere,
    }


def _failures(
    work: StructureSetWork, outcome: Outcome, masks: tuple[Row, ...], points: tuple[Row, ...]
) -> list[Row]:
    converted = {row["ROINumber"] for row in (*masks, *points)}
    rois = {roi.ROINumber: roi for roi in work.rois}
    said = {failure.ROINumber: failure for failure in outcome.failures}
    rows = []
    for number in sorted((rois.keys() | said.keys()) - converted):
        failure = said.get(number)
        code = failure.error_code if failure else outcome.error_code or "no_output"
        message = failure.message if failure else outcome.message or "nothing came of it"
        refused = outcome.status == "skipped"
        empty = code in NOTHING_TO_CONVERT
        status = "not_convertible" if refused else "empty" if empty else "failed"
        roi = rois.get(number)
        names = [
            roi.ROIName if roi else failure.ROIName if failure else "",
            # Each of the ROIs that share a number is accounted for.
            *(roi.also_named if roi else ()),
        ]
        rows += [
            {
                **_facts(roi, number, name),
                "ROIName": name,
                "status": status,
                "error_code": code,
                "message": message,
            }
            for name in dict.fromkeys(names)
        ]
    return rows


def _facts(roi: SelectedROI | None, number: int, name: str) -> Row:
    return {
        "ROINumber": number,
        "ROIName": roi.ROIName if roi else name,
        "structure": roi.structure if roi else None,
        "laterality": roi.laterality if roi else None,
        "confidence": roi.confidence if roi else None,
    }


def _shared(run: Run, task: ConversionTask, work: StructureSetWork) -> Row:
    return {
        "conversion_id": conversion_id(
            work.structure_set_key,
            task.image.SeriesInstanceUID,
            stack_suffix(task.stack_number, task.stack_count),
            run.parameters_hash,
        ),
        "collection_id": task.collection_id,
        "PatientID": task.PatientID,
        "SeriesInstanceUID": work.provenance.SeriesInstanceUID,
        "SOPInstanceUID": work.file.SOPInstanceUID,
        "referenced_SeriesInstanceUID": task.image.SeriesInstanceUID or None,
        "stack_number": task.stack_number,
        "input_hash": work.input_hash,
        "software_version": __version__,
    }


def _licenses(task: ConversionTask, work: StructureSetWork) -> Row:
    return {
        "crdc_series_uuid": work.provenance.crdc_series_uuid,
        "image_crdc_series_uuid": task.image.crdc_series_uuid,
        "license_short_name": work.provenance.license_short_name,
        "source_DOI": work.provenance.source_DOI,
        "image_license_short_name": task.image.license_short_name,
        "image_source_DOI": task.image.source_DOI,
        "effective_license": effective(
            work.provenance.license_short_name, task.image.license_short_name
        ),
    }


def _conversion(
    run: Run, task_id: str, task: ConversionTask, work: StructureSetWork, outcome: Outcome
) -> Row:
    return {
        **_shared(run, task, work),
        **_licenses(task, work),
        "run_id": run.run_id,
        "task_id": task_id,
        "structure_set_key": work.structure_set_key,
        "StudyInstanceUID": work.provenance.StudyInstanceUID,
        "evidence": work.evidence,
        "stack_evidence": work.stack_evidence,
        "parameters_hash": run.parameters_hash,
        "parameters": run.parameters,
        "output_folder": stored_path(Path(run.home), Path(run.out) / work.output_folder),
        "status": outcome.status,
        "error_code": outcome.error_code,
        "message": outcome.message,
        "seconds": outcome.seconds,
        "instance_hash": work.instance_hash,
        "image_header_hash": work.image_header_hash,
    }
