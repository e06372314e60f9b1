"""Worklist rows into tasks: one for each image series and patient."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rtstruct.conversion.identity import digest, input_hash, stack_suffix
from rtstruct.conversion.task import ConversionTask, DicomFile, Provenance, StructureSetWork
from rtstruct.quoting import for_file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rtstruct.catalog.worklist import ImageInstance, WorklistRow
    from rtstruct.conversion.task import Options


def batches_of(rows: Iterable[WorklistRow]) -> tuple[tuple[WorklistRow, ...], ...]:
    """Rows by image stack and patient, biggest first."""

    def key(row: WorklistRow) -> tuple[str, int, str, str]:
        # Rows of one batch share these, so that a task has one patient.
        return (
            row.referenced_SeriesInstanceUID or "",
            row.stack_number or 0,
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
    rows: Sequence[WorklistRow],
    images: Sequence[ImageInstance],
    options: Options,
    *,
    is_pseudonymised: bool = False,
) -> ConversionTask:
    """The task of rows that share an image stack; ``images`` are those of the whole series."""
    first = rows[0]
    files = [
        DicomFile(
            image.SOPInstanceUID, image.file_path or "", image.archive_member, image.stack_number
        )
        for image in images
    ]
    number = first.stack_number
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
        image_files=tuple(file for file in files if number in (None, file.stack_number)),
        other_stacks=tuple(
            file for file in files if number and file.stack_number not in (None, number)
        ),
        stack_number=number,
        stack_count=first.stack_count,
        structure_sets=tuple(_structure_set(row) for row in rows),
        options=options,
        is_pseudonymised=is_pseudonymised,
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
        stack_evidence=row.stack_evidence,
        elsewhere_images=row.elsewhere_images,
        other_frames=row.other_frames,
        rois=row.rois,
        output_folder=output_folder(row),
    )


def output_folder(row: WorklistRow) -> str:
    """``collection/patient/modality-hash``: short, readable, one per structure set and image."""
    unique = digest(f"{row.structure_set_key}|{row.referenced_SeriesInstanceUID}")[:10]
    unique += stack_suffix(row.stack_number, row.stack_count)
    return "/".join(
        (
            for_file_name(row.collection_id or "no-collection"),
            for_file_name(row.PatientID or "no-patient"),
            for_file_name(f"{row.image_Modality or 'image'}-{unique}"),
        )
    )
