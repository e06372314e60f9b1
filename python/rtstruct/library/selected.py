"""The masks of a selection: read where they are registered, else made in memory."""

from __future__ import annotations

import threading
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from rtstruct.catalog.query import connect
from rtstruct.conversion.identity import input_hash
from rtstruct.conversion.masks.grid_json import affine_from_json
from rtstruct.conversion.masks.in_memory import masks_in_memory
from rtstruct.conversion.planning.plan import Request
from rtstruct.conversion.planning.tasks import batches_of, make_task
from rtstruct.conversion.task import Options
from rtstruct.fetch.prefetch import prefetch
from rtstruct.library.image import image_on, read_image, read_voxel_file
from rtstruct.library.volume import Mask
from rtstruct.pipeline.convert import select
from rtstruct.registry.judgements import read_judgements
from rtstruct.registry.mask_files import check_unchanged
from rtstruct.registry.reader import masks_on_images
from rtstruct.version import __version__

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from rtstruct.catalog.worklist import WorklistRow
    from rtstruct.conversion.masks.in_memory import InMemory
    from rtstruct.conversion.task import ConversionTask
    from rtstruct.home import Home
    from rtstruct.progress import Progress
    from rtstruct.registry.judgements import Judgements
    from rtstruct.registry.reader import MaskKey

# Masks that wait for their combined file have none of their own.
_UNWRITTEN = Options(layout="labelmap")
_FACETS = ("structure", "laterality", "confidence")


def masks_of(
    home: Home, where: str, identifiers: Collection[str] | None, progress: Progress
) -> Iterator[Mask | str]:
    """Yield a mask for each selected ROI, or why there is none, ``code: explanation``."""
    request = Request(home.root, home.registry, home.masks, Options())
    selection, _ = select(home, where, identifiers=identifiers)
    fetching = partial(progress, "Fetching structure sets", in_bytes=True)
    with prefetch(request, selection, fetching, threading.Event()) as local:
        for row in local.rows:
            if not row.is_convertible:
                yield f"{row.reason_code}: structure set {row.SOPInstanceUID}: {row.reason}"
        rows = [row for row in local.rows if row.is_convertible]
        keys = {row.structure_set_key for row in rows}
        registered = masks_on_images(home.registry, keys)
        judgements = _judgements(home, keys) if registered else {}
        with progress("Reading masks", len(rows)) as advance:
            for batch in batches_of(rows):
                series = str(batch[0].referenced_SeriesInstanceUID)
                task = make_task(batch, local.images([series]).get(series, []), _UNWRITTEN)
                yield from _of_batch(home, batch, task, registered, judgements)
                advance(len(batch))


def _of_batch(
    home: Home,
    batch: tuple[WorklistRow, ...],
    task: ConversionTask,
    registered: dict[MaskKey, dict[str, Any]],
    judgements: Judgements,
) -> Iterator[Mask | str]:
    """Yield the masks of one image series."""
    works = []
    for row, work in zip(batch, task.structure_sets, strict=True):
        unmade = []
        for roi in work.rois:
            series = str(row.referenced_SeriesInstanceUID)
            key = (row.structure_set_key, series, row.stack_number, roi.ROINumber)
            known = registered.get(key)
            if (
                known
                and (known["input_hash"], known["software_version"])
                == (input_hash(row), __version__)
                and (home.root / known["path"]).is_file()
            ):
                # Of what the name is may have been decided since.
                known |= {name: getattr(roi, name) for name in _FACETS}
                found = judgements.get(key)
                yield _registered(home.root, known, task, found)
            else:
                unmade.append(roi)
        if unmade:
            works.append(replace(work, rois=tuple(unmade)))
    if works:
        for made in masks_in_memory(replace(task, structure_sets=tuple(works))):
            yield made if isinstance(made, str) else mask_of(made, task)


def _judgements(home: Home, structure_sets: set[str]) -> Judgements:
    with connect(home) as connection:
        return read_judgements(connection, structure_sets)


def _registered(
    root: Path, row: dict[str, Any], task: ConversionTask, found: Mapping[str, str] | None
) -> Mask:
    path, grid = root / row["path"], row["grid"]
    reference = row["reference_path"]
    load_image = (
        partial(read_image, root / reference, affine_from_json(grid))
        if reference and (root / reference).is_file()
        else partial(image_on, grid, task)
    )
    return Mask(
        affine=affine_from_json(grid),
        _load=partial(_read_mask, path, row["sha256"]),
        ROIName=row["ROIName"] or "",
        ROINumber=row["ROINumber"],
        row=row,
        _load_image=load_image,
        findings=None
        if found is None
        else tuple(f"{code}: {text}" for code, text in found.items()),
    )


def _read_mask(path: Path, sha256: str) -> NDArray[np.bool_]:
    check_unchanged(path, sha256)
    return read_voxel_file(path) > 0


def mask_of(made: InMemory, task: ConversionTask) -> Mask:
    """Return a mask that was made in memory, with what is known of it."""
    mask = made.facts
    provenance = {
        "collection_id": task.collection_id,
        "PatientID": task.PatientID,
        "SOPInstanceUID": made.work.file.SOPInstanceUID,
        "SeriesInstanceUID": made.work.provenance.SeriesInstanceUID,
        "referenced_SeriesInstanceUID": task.image.SeriesInstanceUID,
        "structure": made.roi.structure,
        "laterality": made.roi.laterality,
        "confidence": made.roi.confidence,
    }
    facts = {**provenance, **asdict(mask), "path": None, "sha256": None, "label": None}
    return Mask(
        affine=made.grid.affine,
        _load=lambda: made.voxels.to_array().astype(bool),
        ROIName=mask.ROIName,
        ROINumber=mask.ROINumber,
        row=facts,
        _load_image=partial(image_on, str(mask.grid), task),
    )
