"""The masks of a structure set in one file, with a table of its labels and overlaps beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.convert.roi import failed
from rtstruct.errors import RtstructError
from rtstruct.geometry.labels import label_map, overlaps
from rtstruct.write.masks import SUFFIXES, write_labels, write_synced
from rtstruct.write.names import table_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rtstruct.convert.roi import ROIResult, UnwrittenMask
    from rtstruct.convert.task import Mask, StructureSetWork


def into_label_map(
    results: Sequence[ROIResult], work: StructureSetWork, staging: Path
) -> list[ROIResult]:
    """Write the unwritten masks of a structure set as a label map, labels 1, 2, ... by ROINumber.

    Returns
    -------
    list of ROIResult
        The results with their masks written; failed if no file can hold them.
    """
    unwritten = [result.unwritten for result in results if result.unwritten is not None]
    if not unwritten:
        return list(results)
    try:
        masks = _write(unwritten, work, staging)
    except RtstructError as error:
        return [
            failed(result.unwritten.mask.ROINumber, result.unwritten.mask.ROIName, error)
            if result.unwritten is not None
            else result
            for result in results
        ]
    return [
        replace(result, mask=masks[result.unwritten.mask.ROINumber], unwritten=None)
        if result.unwritten is not None
        else result
        for result in results
    ]


def _write(
    unwritten: Sequence[UnwrittenMask], work: StructureSetWork, staging: Path
) -> dict[int, Mask]:
    """The masks by ROINumber."""
    ordered = sorted(unwritten, key=lambda each: each.mask.ROINumber)
    name = f"{work.output_folder}/labels{SUFFIXES[ordered[0].mask.format]}"
    voxels = [each.voxels for each in ordered]
    labels = label_map(voxels)
    digest = write_labels(staging / name, labels, ordered[0].grid, ordered[0].mask.format)
    kept = np.bincount(labels.ravel(), minlength=len(ordered) + 1)
    masks = tuple(
        replace(each.mask, staged_path=name, path=name, sha256=digest, label=label)
        for label, each in enumerate(ordered, 1)
    )
    facts = {roi.ROINumber: roi for roi in work.rois}
    table = {
        "SOPInstanceUID": work.file.SOPInstanceUID,
        "sha256": digest,
        "labels": [
            {
                "label": mask.label,
                "ROINumber": mask.ROINumber,
                "ROIName": mask.ROIName,
                "structure": facts[mask.ROINumber].structure,
                "laterality": facts[mask.ROINumber].laterality,
                "voxel_count": mask.voxel_count,
                "voxels_in_map": int(kept[label]),
            }
            for label, mask in enumerate(masks, 1)
        ],
        "overlaps": [{"labels": [a, b], "voxel_count": count} for a, b, count in overlaps(voxels)],
    }
    text = json.dumps(table, indent=2, ensure_ascii=False) + "\n"
    write_synced(table_of(staging / name), text.encode("utf-8", "replace"))
    return {mask.ROINumber: mask for mask in masks}
