"""The masks of a structure set as labels, with a table of labels and overlaps beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.labels import label_map, overlaps
from rtstruct.quoting import for_json
from rtstruct.write.file_names import table_of
from rtstruct.write.masks import write_synced, write_voxels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rtstruct.conversion.masks.roi import UnwrittenMask
    from rtstruct.conversion.task import StructureSetWork


def write_label_map(ordered: Sequence[UnwrittenMask], work: StructureSetWork, path: Path) -> str:
    """Write labels 1, 2, ... for masks in this order, and the table; return the map's SHA-256."""
    voxels = [each.voxels for each in ordered]
    labels = label_map(voxels)
    digest = write_voxels(path, labels, ordered[0].grid, ordered[0].mask.format)
    kept = np.bincount(labels.ravel(), minlength=len(ordered) + 1)
    facts = {roi.ROINumber: roi for roi in work.rois}
    table = {
        "SOPInstanceUID": work.file.SOPInstanceUID,
        "sha256": digest,
        "labels": [
            {
                "label": label,
                "ROINumber": each.mask.ROINumber,
                "ROIName": each.mask.ROIName,
                "structure": facts[each.mask.ROINumber].structure,
                "laterality": facts[each.mask.ROINumber].laterality,
                "voxel_count": each.mask.voxel_count,
                "voxels_in_map": int(kept[label]),
            }
            for label, each in enumerate(ordered, 1)
        ],
        "overlaps": [{"labels": [a, b], "voxel_count": count} for a, b, count in overlaps(voxels)],
    }
    text = for_json(table, 2) + "\n"
    write_synced(table_of(path), text.encode("utf-8", "replace"))
    return digest
