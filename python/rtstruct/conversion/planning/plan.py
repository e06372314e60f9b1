"""What is to be done: the selected worklist minus what the registry already knows."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from rtstruct.catalog.registrations import BY_REGISTRATION, MISMATCH
from rtstruct.conversion.identity import (
    conversion_id,
    digest,
    input_hash,
    stack_suffix,
    stored_path,
)
from rtstruct.conversion.planning.tasks import batches_of, image_of
from rtstruct.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from rtstruct.catalog.image_instances import ImageInstance
    from rtstruct.catalog.worklist import SelectedROI, WorklistRow
    from rtstruct.conversion.planning.tasks import ImageKey
    from rtstruct.conversion.task import Options
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
    pseudonyms: str | None = None
    """Fingerprint of the key whose pseudonyms stand for patients; None for names as they are."""
    is_shard: bool = False
    """Whether this is a part of a whole that is put together later."""
    if_in_the_way: str = "Give another folder by --out, or replace them by --redo all"
    """What a user of the running command can do where masks of other options are in ``out``."""

    @cached_property
    def parameters(self) -> str:
        """JSON of what makes two conversions of one structure set on one image different ones."""
        where = {"out": stored_path(self.home, self.out)}
        if self.pseudonyms is not None:
            where["pseudonyms"] = self.pseudonyms
        options = asdict(self.options)
        if not self.options.statistics:
            # Registries of versions that knew no statistics name the same conversions.
            del options["statistics"]
        if not self.options.is_per_image:
            del options["per"]
        if not self.options.registration:
            del options["registration"]
        return json.dumps({**where, **options}, sort_keys=True)

    @cached_property
    def parameters_hash(self) -> str:
        """Hash of ``parameters``, a part of each conversion_id."""
        return digest(self.parameters)


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
    """Selected ROIs made from other input, with their name read otherwise or by another version,
    and not redone."""

    @property
    def due_sets(self) -> int:
        """Attempts to come: structure sets times their image series, refusals included."""
        return sum(len(rows) for rows in self.batches) + len(self.refused)


def make_plan(
    request: Request, rows: Iterable[WorklistRow], registered: Mapping[str, TriedConversion]
) -> Plan:
    """Subtract what is ``registered`` (by conversion_id) from the selected ``rows``."""
    selected = [
        _as_asked(row, request.options)
        for row in rows
        if request.options.registration or row.evidence != BY_REGISTRATION
    ]
    together = _images_due(request, selected, registered)
    due: list[WorklistRow] = []
    refused: list[WorklistRow] = []
    converted, changed = 0, 0
    failed: Counter[str] = Counter()
    refused_before: Counter[str] = Counter()
    for row in selected:
        prior = registered.get(identity(row, request))
        rois: list[SelectedROI] = []
        # A file of several ROIs is written with all of them or not at all.
        is_due = request.options.is_together and (
            image_of(row) in together or _shared_file_is_due(request, row, prior)
        )
        for roi in row.rois:
            was = prior.rois.get(roi.ROINumber) if prior else None
            if is_due or _is_due(request, row, prior, roi):
                rois.append(roi)
            elif was is None:
                continue
            elif was.state in ("mask", "points"):
                converted += 1
                changed += _has_changed(row, roi, was)
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
    if options.registration:
        return _as_registered(row)
    row = replace(row, ties=())
    if options.any_frame_of_reference and row.reason_code == MISMATCH:
        return replace(row, is_convertible=True, reason_code=None, reason=None)
    return row


def _as_registered(row: WorklistRow) -> WorklistRow:
    """The row, convertible if registrations tie its image and nothing else stands against it."""
    if row.reason_code != MISMATCH or not row.ties:
        return row
    return replace(
        row, is_convertible=True, reason_code=None, reason=None, evidence=BY_REGISTRATION
    )


def _images_due(
    request: Request, rows: Sequence[WorklistRow], registered: Mapping[str, TriedConversion]
) -> set[ImageKey]:
    """Image stacks with one file for all structure sets, any of which is due."""
    if not request.options.is_per_image:
        return set()
    due = set()
    for row in rows:
        prior = registered.get(identity(row, request))
        if row.is_convertible and (
            prior is None
            or _shared_file_is_due(request, row, prior)
            or any(number not in prior.rois for number in (roi.ROINumber for roi in row.rois))
        ):
            due.add(image_of(row))
    return due


def _is_due(
    request: Request,
    row: WorklistRow,
    prior: TriedConversion | None,
    roi: SelectedROI,
) -> bool:
    was = prior.rois.get(roi.ROINumber) if prior else None
    if was is None:
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
    if request.redo == "changed" and _has_changed(row, roi, was):
        return True
    # A mask that somebody removed is not done, nor one whose image is gone or another one.
    needed = [was.path, was.reference_path] if request.options.reference else [was.path]
    return was.state == "mask" and not all(
        path and (request.home / path).exists() for path in needed
    )


def _shared_file_is_due(request: Request, row: WorklistRow, prior: TriedConversion | None) -> bool:
    """Whether any ROI of a shared file is due, or it has more ROIs than those selected."""
    if prior is None or not row.is_convertible:
        return False
    selected = {roi.ROINumber for roi in row.rois}
    written = {number for number, was in prior.rois.items() if was.state == "mask"}
    return bool(written & selected and written - selected) or any(
        _is_due(request, row, prior, roi) for roi in row.rois
    )


def _has_changed(row: WorklistRow, roi: SelectedROI, was: TriedROI) -> bool:
    """Whether it was made from other files, by another version, or with its name read otherwise.

    The reading of the name stands in the registry and in DICOM Segmentations.
    """
    made = (was.input_hash, was.software_version, was.structure, was.laterality)
    return made != (input_hash(row), __version__, roi.structure, roi.laterality)


def identity(row: WorklistRow, request: Request) -> str:
    """The conversion_id of a worklist row."""
    return conversion_id(
        row.structure_set_key,
        row.referenced_SeriesInstanceUID,
        stack_suffix(row.stack_number, row.stack_count),
        request.parameters_hash,
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
