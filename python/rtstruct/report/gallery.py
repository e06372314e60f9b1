"""The gallery of masks: a picture of each, what is odd about it, and filters."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from statistics import median
from typing import TYPE_CHECKING, Any

from rtstruct import workers
from rtstruct.catalog.query import has_tables
from rtstruct.codes import code_of, warnings_among
from rtstruct.conversion.planning.tasks import make_task
from rtstruct.conversion.task import Options
from rtstruct.cores import cores
from rtstruct.pipeline.convert import select
from rtstruct.processes import load
from rtstruct.registry.judgements import read_judgements
from rtstruct.report.data_files import columns_of, write_data
from rtstruct.report.pictures.make import MaskToShow, PictureJob, Problem, make_pictures
from rtstruct.report.questions import Table, ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from rtstruct.catalog.worklist import WorklistRow
    from rtstruct.home import Home
    from rtstruct.progress import Progress
    from rtstruct.registry.judgements import Judgements
    from rtstruct.registry.reader import MaskKey
    from rtstruct.report.pages import Pages
    from rtstruct.report.privacy import Pseudonyms

_VERSION = "1"
"""Of the pictures: another one is another file."""
# A mask whose volume is further from its contours' is flagged, if it has voxels enough to tell.
_VOLUME_SHARE = 0.05
_FEW_VOXELS = 100
# Robust z of the logarithm of volumes among masks of one structure and side.
_OUTLIER = 4.0
_LEAST_SPREAD = 0.1
_ENOUGH = 8
_LOW_DICE = 0.7
# For ROIs without a color, or with one that no image lets through: apart for the colour-blind.
_COLORS = (
    *((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66)),
    *((0, 114, 178), (213, 94, 0), (204, 121, 167)),
)
_DARKEST = 90
# Few pictures are made sooner than a process starts.
_FEW_JOBS = 8
FLAGS = {
    "finding": "catalog finding",
    "mask_finding": "look before use",
    "partial": "other ROIs of its structure set failed",
    "volume": "volume differs from its contours'",
    "outlier": "volume far from others of its structure",
    "skipped": "contours left out",
    "agreement": "another mask of it differs",
    "no_picture": "no picture",
}


@dataclass(frozen=True)
class Gallery:
    """What became of the pictures."""

    pictures: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Masks:
    """What the registry says of masks, read at once: nobody holds it while pictures are made."""

    table: Table
    failures: Table
    judgements: Judgements
    """Of the last build."""
    agreements: dict[tuple[str, int], tuple[int, float]]
    """How often a mask was compared, and its lowest Dice, by conversion_id and ROINumber."""


def read_masks(connection: duckdb.DuckDBPyConnection) -> Masks | None:
    """All masks, or None where there is no registry."""
    if not has_tables(connection, "registry.masks", "registry.conversions"):
        return None
    return Masks(
        ask(connection, "masks"),
        ask(connection, "failures"),
        read_judgements(connection),
        _agreements(connection),
    )


def write_gallery(
    pages: Pages,
    home: Home,
    masks: Masks | None,
    pseudonyms: Pseudonyms,
    out: Path,
    progress: Progress,
) -> Gallery:
    """Write ``masks.html`` and the pictures that are not there yet."""
    if masks is None:
        nothing = {"table": None, "failures": None, "not_judged": 0}
        pages.write("masks.html", "masks.html.j2", title="Masks", **nothing)
        return Gallery(0, ())
    table = masks.table
    failures = _failures(masks.failures, pseudonyms)
    records = table.records()
    files = [_file_of(record) for record in records]
    lacking = _make(home, records, [out / file for file in files], progress)
    outliers = _outliers(records)
    rows = []
    for place, (record, file) in enumerate(zip(records, files, strict=True)):
        reason = lacking.get(out / file)
        agreement = masks.agreements.get((record["conversion_id"], record["ROINumber"]))
        noted = {code_of(note) for note in record["notes"] or ()}
        found = masks.judgements.get(_key_of(record), {})
        flags = _flags(
            record,
            is_doubtful=bool(found or warnings_among(noted)),
            is_outlier=place in outliers,
            has_picture=reason is None,
        )
        if agreement is not None and agreement[1] < _LOW_DICE:
            flags.append("agreement")
        told = [
            *(record["notes"] or ()),
            *(f"{code}: {detail}" for code, detail in found.items() if code not in noted),
        ]
        row = _row(record, file if reason is None else None, flags, told, reason, pseudonyms)
        rows.append(row | {"agreement": _in_words(agreement)})
    content = columns_of(tuple(rows[0]) if rows else (), [tuple(row.values()) for row in rows])
    write_data(out / "data" / "masks.js", "masks", content | {"flags": FLAGS})
    not_judged = sum(_key_of(record) not in masks.judgements for record in records)
    pages.write(
        "masks.html",
        "masks.html.j2",
        title="Masks",
        table=table,
        failures=failures,
        not_judged=not_judged,
    )
    reasons: dict[str, int] = defaultdict(int)
    for reason in lacking.values():
        reasons[reason] += 1
    return Gallery(
        len(records) - len(lacking),
        tuple(
            f"{'1 mask has' if count == 1 else f'{count} masks have'} no picture: {code}"
            for code, count in reasons.items()
        ),
    )


def _file_of(record: dict[str, Any]) -> str:
    """Where the picture of a mask is: named by what it shows, by nothing that tells a patient."""
    shows = f"{_VERSION}|{record['sha256']}|{record['label']}|{record['ROIDisplayColor']}"
    digest = sha256(shows.encode()).hexdigest()[:12]
    return f"pictures/{record['conversion_id'][:16]}/{record['ROINumber']}-{digest}.svg"


def _make(
    home: Home, records: list[dict[str, Any]], pictures: list[Path], progress: Progress
) -> dict[Path, str]:
    """Draw what is not there; returns why, by picture, where that failed."""
    due = [
        (record, file) for record, file in zip(records, pictures, strict=True) if not file.is_file()
    ]
    if not due:
        return {}
    jobs, lost = jobs_of(home, due)
    lacking = dict.fromkeys(lost, "not_in_catalog")
    with progress("pictures", len(due)) as advance:
        for job, problems in _run(jobs):
            lacking |= {problem.picture: problem.code for problem in problems}
            advance(len(job.masks))
    return lacking


def _run(jobs: list[PictureJob]) -> Iterator[tuple[PictureJob, list[Problem]]]:
    if len(jobs) <= _FEW_JOBS or cores() == 1:
        yield from ((job, make_pictures(job)) for job in jobs)
        return
    load(make_pictures.__module__)
    for batch in workers.run(make_pictures, iter(jobs), cores()):
        for done in batch:
            died = [Problem(mask.picture, "worker_killed") for mask in done.task.masks]
            yield done.task, died if done.result is None else done.result


def jobs_of(
    home: Home, due: list[tuple[dict[str, Any], Path]], where: str = "true"
) -> tuple[list[PictureJob], list[Path]]:
    """Masks by image stack and parameters; and those whose structure set is gone.

    Parameters
    ----------
    due
        Rows of ``sql/masks.sql``, each with the file of its picture.
    where
        A SQL condition that holds for all of them.
    """
    selection, _ = select(home, where)
    rows: dict[tuple[Any, ...], WorklistRow] = {
        (row.structure_set_key, row.referenced_SeriesInstanceUID, row.stack_number): row
        for row in selection.rows
    }
    groups: dict[tuple[Any, ...], list[tuple[dict[str, Any], Path]]] = defaultdict(list)
    lost = []
    for record, file in due:
        place = (record["referenced_SeriesInstanceUID"], record["stack_number"])
        key = (record["structure_set_key"], *place)
        if key in rows:
            group = (*place, record["PatientID"], record["parameters"])
            groups[group].append((record, file))
        else:
            lost.append(file)
    images = selection.images(sorted({series for series, *_ in groups}))
    jobs = []
    for (series, stack, _, parameters), members in groups.items():
        keys = dict.fromkeys((one["structure_set_key"], series, stack) for one, _ in members)
        task = make_task(
            [rows[key] for key in keys], images.get(series, ()), options_of(parameters)
        )
        masks = tuple(
            MaskToShow(
                one["structure_set_key"],
                one["ROINumber"],
                home.root / one["path"],
                one["label"],
                color_of(one["ROIDisplayColor"], one["ROINumber"]),
                file,
            )
            for one, file in members
        )
        jobs.append(PictureJob(task, members[0][0]["Modality"], masks))
    return jobs, lost


def options_of(parameters: str) -> Options:
    """The options of a conversion, from what the registry keeps of them."""
    known = Options.__dataclass_fields__
    values = {key: value for key, value in json.loads(parameters).items() if key in known}
    if values.get("resample"):
        values["resample"] = tuple(values["resample"])
    return Options(**values)


def color_of(stated: str | None, number: int) -> tuple[int, int, int]:
    """ROIDisplayColor, or one of ours where it is none or too dark to be seen."""
    try:
        red, green, blue = (int(part) for part in (stated or "").split(","))
    except ValueError:
        return _COLORS[number % len(_COLORS)]
    is_seen = max(red, green, blue) >= _DARKEST and all(0 <= c <= 255 for c in (red, green, blue))
    return (red, green, blue) if is_seen else _COLORS[number % len(_COLORS)]


def _key_of(record: dict[str, Any]) -> MaskKey:
    return (
        record["structure_set_key"],
        record["referenced_SeriesInstanceUID"],
        record["stack_number"],
        record["ROINumber"],
    )


def _agreements(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, int], tuple[int, float]]:
    if not has_tables(connection, "registry.agreements"):
        return {}
    return {
        (conversion, number): (count, dice)
        for conversion, number, count, dice in ask(connection, "agreements").rows
    }


def _outliers(records: list[dict[str, Any]]) -> set[int]:
    """Places of masks whose volume is far from others of their structure and side."""
    groups: dict[tuple[str, str | None, str], list[tuple[int, float]]] = defaultdict(list)
    for place, record in enumerate(records):
        if record["structure"] and record["roi_class"] == "ANATOMY" and record["mask_volume_mL"]:
            key = (record["structure"], record["laterality"], record["parameters"])
            groups[key].append((place, math.log(record["mask_volume_mL"])))
    far = set()
    for members in groups.values():
        if len(members) < _ENOUGH:
            continue
        middle = median(value for _, value in members)
        spread = 1.4826 * median(abs(value - middle) for _, value in members)
        limit = _OUTLIER * max(spread, _LEAST_SPREAD)
        far |= {place for place, value in members if abs(value - middle) > limit}
    return far


def _in_words(agreement: tuple[int, float] | None) -> str | None:
    if agreement is None:
        return None
    count, dice = agreement
    return f"lowest Dice {dice:.3f} of {count} comparison{'s' if count > 1 else ''}"


def _difference(record: dict[str, Any]) -> float | None:
    contour = record["contour_volume_mL"]
    return record["mask_volume_mL"] / contour - 1 if contour else None


def _flags(
    record: dict[str, Any],
    *,
    is_doubtful: bool,
    is_outlier: bool,
    has_picture: bool,
) -> list[str]:
    difference = _difference(record)
    is_apart = (
        difference is not None
        and abs(difference) > _VOLUME_SHARE
        and record["voxel_count"] >= _FEW_VOXELS
    )
    wrong = {
        "finding": bool(record["findings"]),
        "mask_finding": is_doubtful,
        "partial": record["status"] == "partial",
        "volume": is_apart,
        "outlier": is_outlier,
        "skipped": record["contours_skipped"] > 0,
        "no_picture": not has_picture,
    }
    return [flag for flag, holds in wrong.items() if holds]


def _row(
    record: dict[str, Any],
    file: str | None,
    flags: list[str],
    told: list[str],
    reason: str | None,
    pseudonyms: Pseudonyms,
) -> dict[str, Any]:
    collection, patient = record["collection_id"], record["PatientID"]
    notes = [pseudonyms.text(note, patient) for note in told]
    notes += record["findings"] or ()
    if reason is not None:
        notes.append(f"no picture: {reason}")
    red, green, blue = color_of(record["ROIDisplayColor"], record["ROINumber"])
    return {
        "conversion": record["conversion_id"][:16],
        "collection_id": collection,
        "patient": pseudonyms.patient(collection, patient),
        "ROINumber": record["ROINumber"],
        "ROIName": record["ROIName"],
        "roi_class": record["roi_class"],
        "structure": record["structure"],
        "laterality": record["laterality"],
        "tg263_name": record["tg263_name"],
        "confidence": record["confidence"],
        "Modality": record["Modality"],
        "status": record["status"],
        "mask_volume_mL": record["mask_volume_mL"],
        "contour_volume_mL": record["contour_volume_mL"],
        "difference": _difference(record),
        "contours_used": record["contours_used"],
        "contours_skipped": record["contours_skipped"],
        "notes": "; ".join(note for note in notes if note) or None,
        "flags": ",".join(flags) or None,
        "color": f"#{red:02x}{green:02x}{blue:02x}",
        "picture": file,
        "viewer_url": record["viewer_url"],
    }


def _failures(table: Table, pseudonyms: Pseudonyms) -> Table:
    place = table.columns.index("message")
    rows = [(*row[:place], pseudonyms.text(row[place]), *row[place + 1 :]) for row in table.rows]
    return Table(table.sql, table.columns, rows)
