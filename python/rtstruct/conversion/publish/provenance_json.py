"""A JSON file beside the masks of a structure set: what they are, where they come from.

It says what the registry says, for those who have the folder only; the same masks give the same
bytes, whenever and wherever they were made.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from rtstruct.atomic_write import write_each_whole
from rtstruct.quoting import for_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Any

    from rtstruct.registry.table import Row

SIDECAR = "provenance.json"

_OF_STRUCTURE_SET = {
    "collection_id": "collection_id",
    "PatientID": "PatientID",
    "StudyInstanceUID": "StudyInstanceUID",
    "SeriesInstanceUID": "SeriesInstanceUID",
    "SOPInstanceUID": "SOPInstanceUID",
    "instance_hash": "md5",
    "crdc_series_uuid": "crdc_series_uuid",
    "license_short_name": "license_short_name",
    "source_DOI": "source_DOI",
}
_OF_IMAGE = {
    "referenced_SeriesInstanceUID": "SeriesInstanceUID",
    "stack_number": "stack_number",
    "image_header_hash": "header_hash",
    "image_crdc_series_uuid": "crdc_series_uuid",
    "image_license_short_name": "license_short_name",
    "image_source_DOI": "source_DOI",
}
_OF_MASK = (
    *("label", "file_size", "sha256"),
    *("voxel_count", "slice_count", "mask_volume_mL", "contour_volume_mL"),
    *("i_min", "j_min", "k_min", "i_max", "j_max", "k_max", "centroid_mm"),
    *("contours_used", "contours_skipped", "contours_named", "contours_listed"),
    *("contours_by_position", "contours_elsewhere", "notes"),
)
_OF_ROI = ("ROINumber", "ROIName", "structure", "laterality", "confidence")


def write_sidecars(home: Path, folders: Iterable[str], known: Iterable[Row]) -> None:
    """Bring the sidecars of output folders, as the registry spells them, up to date.

    ``known`` is what the registry knows of them: see :func:`conversions_with_masks`.
    """
    found = {
        folder: [_conversion(row) for row in rows]
        for folder, rows in groupby(known, lambda row: str(row["output_folder"]))
    }
    changed = {}
    for folder in folders:
        path = home / folder / SIDECAR
        if folder not in found:
            path.unlink(missing_ok=True)
            continue
        text = for_json({"conversions": found[folder]}, 2) + "\n"
        # Somebody may have taken the folder away, and the masks with it.
        if path.parent.is_dir() and not (path.exists() and path.read_bytes() == text.encode()):
            changed[path] = text
    write_each_whole(changed)


def _conversion(row: Row) -> dict[str, Any]:
    parameters = json.loads(row["parameters"])
    del parameters["out"]
    return {
        "software": f"rtstruct {row['software_version']}",
        "parameters": parameters,
        "structure_set": {name: row[column] for column, name in _OF_STRUCTURE_SET.items()},
        "image": {name: row[column] for column, name in _OF_IMAGE.items()},
        "evidence": row["evidence"],
        "stack_evidence": row["stack_evidence"],
        "effective_license": row["effective_license"],
        "status": row["status"],
        "error_code": row["error_code"],
        "masks": [
            {
                **_pick(mask, _OF_ROI),
                "file": PurePosixPath(mask["path"]).name,
                **_pick(mask, _OF_MASK),
                "grid": mask["grid"] and json.loads(mask["grid"]),
                "reference": mask["reference_path"]
                and {
                    "file": PurePosixPath(mask["reference_path"]).name,
                    "sha256": mask["reference_sha256"],
                },
            }
            for mask in row["masks"]
        ],
        "points": [_pick(point, (*_OF_ROI, "x_mm", "y_mm", "z_mm")) for point in row["points"]],
        "without_mask": [
            _pick(failure, (*_OF_ROI, "status", "error_code", "message"))
            for failure in row["roi_failures"]
        ],
    }


def _pick(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}
