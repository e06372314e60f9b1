"""Worklist rows into tasks: one for each image series and patient."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rtstruct.conversion.identity import digest, input_hash
from rtstruct.conversion.task import ConversionTask, DicomFile, Provenance, StructureSetWork
from rtstruct.write.file_names import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rtstruct.catalog.worklist import ImageInstance, WorklistRow
    from rtstruct.conversion.task import Options


def batches_of(rows: Iterable[WorklistRow]) -> tuple[tuple[WorklistRow, ...], ...]:
    """Rows by image series and patient, biggest first."""

    def key(row: WorklistRow) -> tuple[str, str, str]:
        # Rows of one batch share these, so that a task has one patient.
        return (
            row.referenced_SeriesInstanceUID or "",
            row.collection_id or "",
            row.PatientID or "",
        )

    batches = [tuple(group) for _, group in groupby(sorted(rows, key=key), key)]
    return tuple(sorted(batches, key=lambda batch: (-voxels(batch), key(batch[0]))))


def voxels(batch: Sequence[WorklistRow]) -> int:
    """How much work rows of one image series are, roughly."""
    row = batch[0]
    grid = (row.image_Rows or 1) * (row.image_Columns or 1) * (row.image_instance_count or 1)
    return grid * sum(each.roi_count for each in batch)


def make_task(
    rows: Sequence[WorklistRow], images: Sequence[ImageInstance], options: Options
) -> ConversionTask:
    """The task of rows that share an image series."""
    first = rows[0]
    return ConversionTask(
        collection_id=first.collection_id,
        PatientID=first.PatientID,
        image=Provenance(
            SeriesInstanceUID=first.referenced_SeriesInstanceUID or "",
            StudyInstanceUID=first.referenced_StudyInstanceUID,
            crdc_series_uuid=first.image_crdc_series_uuid,
            license_short_name=first.image_license_short_name,
            source_DOI=first.image_source_DOI,
        ),
        image_files=tuple(
            DicomFile(image.SOPInstanceUID, image.file_path or "", image.archive_member)
            for image in images
        ),
        structure_sets=tuple(_structure_set(row) for row in rows),
        options=options,
    )


def _structure_set(row: WorklistRow) -> StructureSetWork:
    return StructureSetWork(
        file=DicomFile(row.SOPInstanceUID, row.file_path or "", row.archive_member),
        provenance=Provenance(
            SeriesInstanceUID=row.SeriesInstanceUID,
            StudyInstanceUID=row.StudyInstanceUID,
            crdc_series_uuid=row.crdc_series_uuid,
            license_short_name=row.license_short_name,
            source_DOI=row.source_DOI,
        ),
        instance_hash=row.instance_hash,
        input_hash=input_hash(row),
        image_header_hash=row.image_header_hash,
        structure_set_key=row.structure_set_key,
        evidence=row.evidence or "none",
        rois=row.rois,
        output_folder=output_folder(row),
    )


def output_folder(row: WorklistRow) -> str:
    """``collection/patient/modality-hash``: short, readable, one per structure set and image."""
    unique = digest(f"{row.structure_set_key}|{row.referenced_SeriesInstanceUID}")[:10]
    return "/".join(
        (
            safe_name(row.collection_id or "no-collection"),
            safe_name(row.PatientID or "no-patient"),
            safe_name(f"{row.image_Modality or 'image'}-{unique}"),
        )
    )
