"""Worklist rows into tasks: one for each image series and patient."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from rtstruct.conversion.identity import digest, input_hash, stack_suffix
from rtstruct.conversion.task import ConversionTask, DicomFile, Provenance, StructureSetWork
from rtstruct.quoting import for_file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rtstruct.catalog.image_instances import ImageInstance
    from rtstruct.catalog.worklist import WorklistRow
    from rtstruct.conversion.task import Options


ImageKey: TypeAlias = tuple[str, int, str, str]
"""SeriesInstanceUID, stack_number, collection_id, PatientID."""


def batches_of(rows: Iterable[WorklistRow]) -> tuple[tuple[WorklistRow, ...], ...]:
    """Rows by image stack and patient, biggest first."""
    batches = [tuple(group) for _, group in groupby(sorted(rows, key=image_of), image_of)]
    return tuple(sorted(batches, key=lambda batch: (-voxels(batch), image_of(batch[0]))))


def image_of(row: WorklistRow) -> ImageKey:
    """What rows of one batch share, so that a task has one image stack and one patient."""
    return (
        row.referenced_SeriesInstanceUID or "",
        row.stack_number or 0,
        row.collection_id or "",
        row.PatientID or "",
    )


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
    # An image whose frames are several stacks belongs to all of them.
    of_frames = all(file.stack_number is None for file in files)
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
            file for file in files if of_frames or number in (None, file.stack_number)
        ),
        other_stacks=tuple(
            file for file in files if number and file.stack_number not in (None, number)
        ),
        stack_number=number,
        stack_count=first.stack_count,
        structure_sets=tuple(
            _structure_set(row, rows if options.is_per_image else [row]) for row in rows
        ),
        options=options,
        is_pseudonymised=is_pseudonymised,
    )


def _structure_set(row: WorklistRow, together: Sequence[WorklistRow]) -> StructureSetWork:
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
        doubts=row.doubts,
        ties=row.ties,
        rois=row.rois,
        output_folder=output_folder(together),
    )


def output_folder(rows: Sequence[WorklistRow]) -> str:
    """``collection/patient/modality-hash``: short, readable, one per structure set and image.

    Structure sets that share a file share the folder: other ones have another.
    """
    row = rows[0]
    keys = "|".join(sorted(each.structure_set_key for each in rows))
    unique = digest(f"{keys}|{row.referenced_SeriesInstanceUID}")[:10]
    unique += stack_suffix(row.stack_number, row.stack_count)
    return "/".join(
        (
            for_file_name(row.collection_id or "no-collection"),
            for_file_name(row.PatientID or "no-patient"),
            for_file_name(f"{row.image_Modality or 'image'}-{unique}"),
        )
    )
