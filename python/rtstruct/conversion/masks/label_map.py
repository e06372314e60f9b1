"""Masks as labels, with a table of labels and overlaps beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rtstruct.geometry.labels import label_map, overlaps
from rtstruct.quoting import for_json
from rtstruct.write.file_names import table_of
from rtstruct.write.masks import write_hashed, write_voxels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rtstruct.conversion.masks.labelled import Labelled


def write_label_map(ordered: Sequence[Labelled], path: Path) -> str:
    """Write labels 1, 2, ... for masks in this order, and the table; return the map's SHA-256."""
    labels = label_map([each.made.voxels for each in ordered])
    digest = write_voxels(path, labels, ordered[0].made.grid, ordered[0].made.facts.format)
    write_table(ordered, path, digest, labels)
    return digest


def write_table(
    ordered: Sequence[Labelled], path: Path, digest: str, labels: NDArray[np.integer[Any]]
) -> None:
    """Write what the labels of a map are, and which masks hide parts of others in it."""
    voxels = [each.made.voxels for each in ordered]
    kept = np.bincount(labels.ravel(), minlength=len(ordered) + 1)
    is_per_image = ordered[0].context.options.is_per_image
    table: dict[str, Any] = {
        "SOPInstanceUID": ordered[0].context.work.file.SOPInstanceUID,
        "sha256": digest,
        "labels": [
            {"label": label, **_facts(each, is_per_image), "voxels_in_map": int(kept[label])}
            for label, each in enumerate(ordered, 1)
        ],
        "overlaps": [{"labels": [a, b], "voxel_count": count} for a, b, count in overlaps(voxels)],
    }
    if is_per_image:
        del table["SOPInstanceUID"]
    text = for_json(table, 2) + "\n"
    write_hashed(table_of(path), text.encode("utf-8", "replace"))


def _facts(each: Labelled, is_per_image: bool) -> dict[str, Any]:
    mask, work = each.made.facts, each.context.work
    roi = next(roi for roi in work.rois if roi.ROINumber == mask.ROINumber)
    whose: dict[str, str | None] = {
        "SeriesInstanceUID": work.provenance.SeriesInstanceUID,
        "SOPInstanceUID": work.file.SOPInstanceUID,
    }
    if each.context.pseudonym is None:
        # A person's name.
        whose["ROIInterpreter"] = each.context.structure_set.interpreters.get(mask.ROINumber)
    return {
        **(whose if is_per_image else {}),
        "ROINumber": mask.ROINumber,
        "ROIName": mask.ROIName,
        "structure": roi.structure,
        "laterality": roi.laterality,
        "confidence": roi.confidence,
        "voxel_count": mask.voxel_count,
    }
