"""What is to be done: the selected worklist minus what the registry already knows."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from rtstruct import __version__
from rtstruct.convert.task import (
    ConversionTask,
    DicomFile,
    Options,
    Provenance,
    StructureSetWork,
)
from rtstruct.write.names import safe_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from rtstruct.catalog.worklist import ImageInstance, SelectedROI, WorklistRow
    from rtstruct.registry.reader import TriedConversion, TriedROI

Redo = Literal["none", "failed", "changed", "all"]


@dataclass(frozen=True)
class Request:
    """Where results go and are remembered, how they are made, and what is made again."""

    home: Path
    """RTSTRUCT_HOME: paths inside it are stored relative to it."""
    registry: Path
    out: Path
    options: Options
    redo: Redo = "none"
    is_shard: bool = False
    """Whether this is a part of a whole that is put together later."""

    @property
    def parameters(self) -> str:
        """JSON of what makes two conversions of one structure set on one image different ones."""
        where = {"out": stored_path(self.home, self.out)}
        return json.dumps({**where, **asdict(self.options)}, sort_keys=True)

    @property
    def parameters_hash(self) -> str:
        return _digest(self.parameters)


@dataclass(frozen=True)
class Selection:
    """What is to be converted, from the catalog or from a shard."""

    rows: Sequence[WorklistRow]
    images: Callable[[Sequence[str]], Mapping[str, Sequence[ImageInstance]]]
    """Files of image series, by SeriesInstanceUID."""


@dataclass(frozen=True)
class Plan:
    """Rows to work on, with the ROIs that are due, and what need not be done and why."""

    batches: tuple[tuple[WorklistRow, ...], ...]
    """Convertible rows by image series, biggest first."""
    refused: tuple[WorklistRow, ...]
    """Rows that cannot be converted and are not registered yet."""
    selected_sets: int
    selected_rois: int
    converted_before: int
    """Selected ROIs that have a mask or points already."""
    failed_before: Counter[str] = field(default_factory=Counter)
    """Selected ROIs that failed before and are not tried again, by error code."""
    refused_before: Counter[str] = field(default_factory=Counter)
    """Selected rows that are known not to be convertible, by reason code."""
    changed: int = 0
    """Selected ROIs made from other input or by another version, and not redone."""

    @property
    def due_sets(self) -> int:
        """Attempts to come: structure sets times their image series, refusals included."""
        return sum(len(rows) for rows in self.batches) + len(self.refused)


def make_plan(
    request: Request, rows: Iterable[WorklistRow], registered: Mapping[str, TriedConversion]
) -> Plan:
    """Subtract what is ``registered`` (by conversion_id) from the selected ``rows``."""
    selected = [_as_asked(row, request.options) for row in rows]
    due: list[WorklistRow] = []
    refused: list[WorklistRow] = []
    converted, changed = 0, 0
    failed: Counter[str] = Counter()
    refused_before: Counter[str] = Counter()
    for row in selected:
        prior = registered.get(identity(row, request))
        rois: list[SelectedROI] = []
        # A file of several ROIs is written with all of them or not at all.
        is_due = request.options.is_together and _shared_file_is_due(request, row, prior)
        for roi in row.rois:
            was = prior.rois.get(roi.ROINumber) if prior else None
            if is_due or _is_due(request, row, prior, was):
                rois.append(roi)
            elif was is None:
                continue
            elif was.state in ("mask", "points"):
                converted += 1
                changed += _has_changed(row, was)
            elif was.state == "failed":
                failed[str(was.error_code)] += 1
        if not row.is_convertible and prior and prior.status == "skipped" and not rois:
            refused_before[str(row.reason_code)] += 1
        # Where the catalog has names only, the file tells which ROIs are due.
        if rois or row.named_rois or prior is None:
            (due if row.is_convertible else refused).append(replace(row, rois=tuple(rois)))
    return Plan(
        batches=batches_of(due),
        refused=tuple(refused),
        selected_sets=len({row.structure_set_key for row in selected}),
        selected_rois=sum({row.structure_set_key: row.roi_count for row in selected}.values()),
        converted_before=converted,
        failed_before=failed,
        refused_before=refused_before,
        changed=changed,
    )


def _as_asked(row: WorklistRow, options: Options) -> WorklistRow:
    """The row, convertible if all that stands against it is what was said not to matter."""
    if options.any_frame_of_reference and row.reason_code == "frame_of_reference_mismatch":
        return replace(row, is_convertible=True, reason_code=None, reason=None)
    return row


def _is_due(
    request: Request,
    row: WorklistRow,
    prior: TriedConversion | None,
    was: TriedROI | None,
) -> bool:
    if prior is None or was is None:
        return True
    if not row.is_convertible:
        # Said once; said again only if the reason is another now. Masks from better days stay.
        return was.state == "not_convertible" and was.error_code != row.reason_code
    if was.state == "not_convertible":
        return True
    if request.redo == "all":
        return True
    if request.redo == "failed" and was.state == "failed":
        return True
    if request.redo == "changed" and _has_changed(row, was):
        return True
    # A mask that somebody removed is not done.
    return was.path is not None and not (request.home / was.path).exists()


def _shared_file_is_due(request: Request, row: WorklistRow, prior: TriedConversion | None) -> bool:
    """Whether any ROI of a shared file is due, or it has more ROIs than those selected."""
    if prior is None or not row.is_convertible:
        return False
    selected = {roi.ROINumber for roi in row.rois}
    written = {number for number, was in prior.rois.items() if was.state == "mask"}
    return bool(written & selected and written - selected) or any(
        _is_due(request, row, prior, prior.rois.get(number)) for number in selected
    )


def _has_changed(row: WorklistRow, was: TriedROI) -> bool:
    return (was.input_hash, was.software_version) != (input_hash(row), __version__)


def identity(row: WorklistRow, request: Request) -> str:
    """The conversion_id of a worklist row."""
    return conversion_id(
        row.structure_set_key, row.referenced_SeriesInstanceUID, request.parameters_hash
    )


def restrict(
    rows: Iterable[WorklistRow], request: Request, rois: Collection[tuple[str, int]]
) -> list[WorklistRow]:
    """Rows with those of their ROIs that are among ``rois``: conversion_id, ROINumber."""
    kept = []
    for row in rows:
        conversion = identity(row, request)
        some = tuple(roi for roi in row.rois if (conversion, roi.ROINumber) in rois)
        if some:
            kept.append(replace(row, rois=some))
    return kept


def whole_files(
    rois: Collection[tuple[str, int]], registered: Mapping[str, TriedConversion]
) -> set[tuple[str, int]]:
    """All ROIs of the conversions that any of ``rois`` belong to: conversion_id, ROINumber."""
    conversions = {conversion for conversion, _ in rois}
    return {(each, number) for each in conversions for number in registered[each].rois}


def input_hash(row: WorklistRow) -> str:
    """Of the structure set's bytes and all image headers."""
    return _digest(f"{row.instance_hash}|{row.image_header_hash}")


def conversion_id(structure_set_key: str, image_series: str | None, parameters_hash: str) -> str:
    """Identity of (structure set, image series, parameters): the same on every machine."""
    return _digest(f"{structure_set_key}|{image_series or ''}|{parameters_hash}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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
    unique = _digest(f"{row.structure_set_key}|{row.referenced_SeriesInstanceUID}")[:10]
    return "/".join(
        (
            safe_name(row.collection_id or "no-collection"),
            safe_name(row.PatientID or "no-patient"),
            safe_name(f"{row.image_Modality or 'image'}-{unique}"),
        )
    )


def stored_path(home: Path, path: Path) -> str:
    """How the registry spells a path: relative to RTSTRUCT_HOME where inside, else absolute."""
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)
