"""From a selection to a training or analysis set on disk."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rtstruct.atomic_write import draft_folder, sync
from rtstruct.conversion.masks.grid_json import grid_from_json
from rtstruct.conversion.planning.plan import Request
from rtstruct.conversion.task import NOTHING_TO_CONVERT, Options
from rtstruct.errors import RtstructError, UsageError
from rtstruct.export import layouts
from rtstruct.export.cases import find_cases
from rtstruct.export.folder import SetFolder
from rtstruct.export.label_map import Regions, label_map
from rtstruct.export.labels import Labels, labels_table, make_labels, read_labels
from rtstruct.export.layouts import Exported, Terms
from rtstruct.export.segment_cases import find_segment_cases
from rtstruct.pipeline.convert import convert, select
from rtstruct.progress import silent
from rtstruct.quoting import for_file_name, for_json
from rtstruct.registry.mask_files import check_unchanged
from rtstruct.write.masks import write_voxels
from rtstruct.write.nifti_file import read_voxels

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rtstruct.export.cases import Case, NamedMask
    from rtstruct.home import Home
    from rtstruct.progress import Progress
    from rtstruct.pseudonyms import Pseudonyms

LABELS = "labels.csv"
REPORT = "export.json"
_PROVENANCE = "provenance"
_IF_IN_THE_WAY = (
    "An export takes its masks from there, made as `rtstruct convert --reference` makes them: move"
    " the folder and follow with `rtstruct registry move`, or replace the masks by"
    " `rtstruct convert --reference --redo all`"
)


@dataclass(frozen=True)
class Choices:
    """How a set is to be made."""

    layout: Literal["nnunet", "monai", "pyradiomics"]
    source: Literal["rois", "segments"] = "rois"
    """What the condition selects: ROIs, or segments of DICOM Segmentations."""
    labels: Path | None = None
    """A table of labels; None for those that the vocabulary gives."""
    overlap: Literal["error", "regions"] = "error"
    missing: Literal["drop", "empty"] = "drop"
    test_share: float = 0.0
    """Of the patients; the same ones in every export."""


@dataclass
class ExportReport:
    """What became of a selection."""

    cases: int = 0
    test_cases: int = 0
    labels: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    """Why, by case."""
    absent: dict[str, list[str]] = field(default_factory=dict)
    """Labels that a case lacks and leaves empty, by case."""
    united: dict[str, list[str]] = field(default_factory=dict)
    """Labels that several ROIs of a case share, by case."""
    unlabelled: dict[str, int] = field(default_factory=dict)
    """ROIs that have no label, by ROIName."""
    guessed: dict[str, int] = field(default_factory=dict)
    """ROIs whose label is a guess of the vocabulary, by ROIName."""
    warnings: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Codes of what asks for a look at a mask before use, by case and label."""
    not_judged: dict[str, int] = field(default_factory=dict)
    """Masks that no build has held against others yet (sides, overlaps, volumes), by case."""
    not_converted: dict[str, int] = field(default_factory=dict)
    """Selected ROIs or segments without a mask, by code; not those that hold no contour."""

    @property
    def is_complete(self) -> bool:
        """Whether every selected case is in the set."""
        return not (self.dropped or self.not_converted)


def export(
    home: Home,
    where: str,
    out: Path,
    choices: Choices,
    *,
    identifiers: Collection[str] | None = None,
    pseudonyms: Pseudonyms | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> ExportReport:
    """Write a training or analysis set of what a SQL condition selects; run again to resume.

    Masks of ROIs and their images are converted first where they are not yet. Images and single
    masks are hard links where the file system allows them, else copies.

    Raises
    ------
    UsageError
        No catalog, a wrong condition or table of labels, or nothing to export.
    RtstructError
        ``labels_overlap``: labels overlap, and ``choices.overlap`` is ``error``.
    """
    if choices.source == "rois":
        cases, without = _converted(home, where, identifiers, pseudonyms, workers, progress)
        return _write(cases, without, where, out, choices, progress)
    with draft_folder(home.root / "segments") as folder:
        cases, without = find_segment_cases(
            home,
            where,
            folder,
            identifiers=identifiers,
            pseudonyms=pseudonyms,
            progress=progress,
        )
        return _write(cases, without, where, out, choices, progress)


def _converted(
    home: Home,
    where: str,
    identifiers: Collection[str] | None,
    pseudonyms: Pseudonyms | None,
    workers: int | None,
    progress: Progress,
) -> tuple[tuple[Case, ...], Counter[str]]:
    """Cases of the selected ROIs, converted where they are not yet; and those without a mask."""
    selection, _ = select(home, where, identifiers=identifiers, pseudonyms=pseudonyms)
    request = Request(
        home.root,
        home.registry,
        home.masks,
        Options(reference=True),
        # A set of masks of other contours than the catalog's would not be of this selection.
        redo="changed",
        pseudonyms=pseudonyms.fingerprint if pseudonyms else None,
        if_in_the_way=_IF_IN_THE_WAY,
    )
    result = convert(
        request,
        selection,
        command="export",
        parameters={"where": None if pseudonyms else where, "reference": True},
        workers=workers,
        progress=progress,
    )
    without = result.counts.codes + result.missing
    for code in NOTHING_TO_CONVERT:
        del without[code]
    return find_cases(home, selection.rows), without


def _write(
    cases: Sequence[Case],
    without: Mapping[str, int],
    where: str,
    out: Path,
    choices: Choices,
    progress: Progress,
) -> ExportReport:
    """Write the set of these cases; ``without`` counts what was selected and has no mask."""
    masks = [mask for case in cases for mask in case.masks]
    labels = read_labels(choices.labels) if choices.labels else make_labels(masks)
    if not cases or not labels.numbers:
        raise UsageError(
            f"there is no mask with a label to export of {where}",
            '`rtstruct sql "from structure_counts"` lists what there is; targets go by target_type',
        )
    report = ExportReport(
        labels=dict(labels.numbers),
        unlabelled=dict(Counter(mask.ROIName for mask in masks if labels.name_of(mask) is None)),
        not_converted=dict(without),
    )
    regions = Regions(labels.numbers, choices.overlap == "regions")
    out.mkdir(parents=True, exist_ok=True)
    exported = []
    with (
        draft_folder(out / "export") as drafts,
        progress("Exporting cases", len(cases)) as advance,
    ):
        folder = SetFolder(out, drafts)
        for case in cases:
            made = _export(case, labels, regions, folder, choices, report)
            exported += [made] if made else []
            advance(1)
        if not exported:
            why = next(iter(report.dropped.values()))
            raise UsageError("no case is complete", f"The first lacks {why}; see --missing empty")
        report.cases, report.test_cases = len(exported), sum(each.is_test for each in exported)
        folder.write_text(LABELS, labels_table(labels))
        texts = layouts.documents(choices.layout, out.name, exported, regions, _terms(exported))
        for name, text in texts.items():
            folder.write_text(name, text)
        folder.write_text(REPORT, for_json(asdict(report), 2) + "\n")
    sync(out)
    return report


def _export(
    case: Case,
    labels: Labels,
    regions: Regions,
    folder: SetFolder,
    choices: Choices,
    report: ExportReport,
) -> Exported | None:
    """Write one case; None if it is dropped."""
    by_name: dict[str, list[NamedMask]] = defaultdict(list)
    for mask in case.masks:
        if (name := labels.name_of(mask)) is not None:
            by_name[name].append(mask)
    if problem := _ambiguous(by_name):
        report.dropped[case.name] = problem
        return None
    lacking = [name for name in labels.numbers if name not in by_name]
    if choices.layout != "pyradiomics" and lacking:
        if choices.missing == "drop" or not by_name:
            report.dropped[case.name] = ", ".join(lacking)
            return None
        report.absent[case.name] = lacking
    if not by_name:
        report.dropped[case.name] = "every label"
        return None
    if problem := _altered(case, by_name):
        report.dropped[case.name] = problem
        return None
    if united := [name for name, masks in by_name.items() if len(masks) > 1]:
        report.united[case.name] = sorted(united)
    _tell_doubts(case, by_name, labels, report)
    is_test = _is_test(case.PatientID, choices.test_share)
    image = layouts.image_path(choices.layout, case.name, is_test=is_test)
    label = layouts.label_path(choices.layout, case.name, is_test=is_test)
    folder.link(case.image, image)
    if label is None:
        return Exported(case, is_test, image, None, _link_masks(case, by_name, folder))
    _write_label_map(case, by_name, regions, folder, label)
    return Exported(case, is_test, image, label)


def _tell_doubts(
    case: Case,
    by_name: Mapping[str, Sequence[NamedMask]],
    labels: Labels,
    report: ExportReport,
) -> None:
    for name, masks in sorted(by_name.items()):
        for mask in masks:
            if labels.is_guess(mask):
                report.guessed[mask.ROIName] = report.guessed.get(mask.ROIName, 0) + 1
            if not mask.is_judged:
                report.not_judged[case.name] = report.not_judged.get(case.name, 0) + 1
        if codes := sorted({code for mask in masks for code in mask.warnings}):
            report.warnings.setdefault(case.name, {})[name] = codes


def _ambiguous(by_name: Mapping[str, Sequence[NamedMask]]) -> str:
    """Which label stands for more than one thing; empty if none does."""
    for name, masks in by_name.items():
        sets = {mask.row["structure_set_key"] for mask in masks}
        if len(sets) > 1:
            return f"one {name}: {len(sets)} structure sets have it; select one of them"
        if len(masks) > 1 and any(mask.naming.roi_class != "TARGET" for mask in masks):
            return f"one {name}: {len(masks)} ROIs are named so"
    return ""


def _altered(case: Case, by_name: Mapping[str, Sequence[NamedMask]]) -> str:
    """Which file is not as it was written, as ``code: explanation``; empty if all are."""
    files = {mask.path: mask.row["sha256"] for masks in by_name.values() for mask in masks}
    files[case.image] = case.masks[0].row["reference_sha256"]
    try:
        for path, sha256 in files.items():
            check_unchanged(path, sha256)
    except RtstructError as error:
        return f"files as they were written: {error.code}: {error}"
    return ""


def _is_test(PatientID: str, share: float) -> bool:
    """Whether a patient is kept for testing: decided by a hash, never by what else is exported."""
    return int(hashlib.sha256(PatientID.encode()).hexdigest()[:8], 16) / 16**8 < share


def _write_label_map(
    case: Case,
    by_name: Mapping[str, Sequence[NamedMask]],
    regions: Regions,
    folder: SetFolder,
    path: str,
) -> None:
    """Write a label map, or leave it if it was made of the same masks with the same values."""
    note = f"{_PROVENANCE}/{case.name}.json"
    arrays: dict[str, NDArray[np.bool_]] = {}
    for name, masks in by_name.items():
        arrays[name] = np.logical_or.reduce([_read(mask) for mask in masks])
    values = label_map(arrays, regions, case.name)
    known = for_json(_provenance(case, by_name, regions), 2) + "\n"
    written = folder.root / note
    # Bytes: what lies there may be anything.
    is_same = written.is_file() and written.read_bytes() == known.encode()
    if is_same and (folder.root / path).is_file():
        return
    numbers = values.astype(np.uint8) if values.max() < 256 else values
    grid = grid_from_json(case.masks[0].row["grid"])
    folder.write(path, lambda draft: write_voxels(draft, numbers, grid, "nifti"))
    folder.write_text(note, known)


def _provenance(
    case: Case, by_name: Mapping[str, Sequence[NamedMask]], regions: Regions
) -> dict[str, Any]:
    keys = (
        "collection_id",
        "SOPInstanceUID",
        "referenced_SeriesInstanceUID",
        "ROINumber",
        "ROIName",
        "sha256",
        "license_short_name",
        "source_DOI",
        "image_license_short_name",
        "image_source_DOI",
    )
    return {
        "image_sha256": case.masks[0].row["reference_sha256"],
        "labels": {
            name: {
                "value": regions.numbers[name],
                "rois": [{key: mask.row[key] for key in keys} for mask in masks],
            }
            for name, masks in sorted(by_name.items())
        },
    }


def _link_masks(
    case: Case, by_name: Mapping[str, Sequence[NamedMask]], folder: SetFolder
) -> tuple[tuple[str, str], ...]:
    linked = []
    for name, masks in sorted(by_name.items()):
        for number, mask in enumerate(masks, 1):
            ending = f"-{number}" if len(masks) > 1 else ""
            path = f"masks/{case.name}/{for_file_name(name)}{ending}.nii.gz"
            folder.link(mask.path, path)
            linked.append((name, path))
    return tuple(linked)


def _read(mask: NamedMask) -> NDArray[np.bool_]:
    try:
        inside: NDArray[np.bool_] = read_voxels(mask.path) > 0
    except RuntimeError as error:
        raise RtstructError("mask_unreadable", f"{mask.path} cannot be read") from error
    return inside


def _terms(exported: Sequence[Exported]) -> Terms:
    rows = [mask.row for each in exported for mask in each.case.masks]

    def stated(*names: str) -> tuple[str, ...]:
        return tuple(sorted({str(row[name]) for row in rows for name in names if row[name]}))

    return Terms(stated("effective_license"), stated("source_DOI", "image_source_DOI"))
