"""The catalog knows what has become of each of its ROIs."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from typing import TYPE_CHECKING

import duckdb

from end_to_end.conftest import Road
from rtstruct.catalog.project import project_folder

if TYPE_CHECKING:
    from pathlib import Path


# Codes of notes of masks, each of which is a finding.
with (project_folder() / "seeds/codes.csv").open(newline="") as seed:
    SHAPES = ("sides_swapped", "side_contradicted", "organs_overlap", "several_parts")
    SHAPES += ("stray_voxels", "mask_holes", "cut_by_image", "unusual_volume")
    NOTES = {row["code"] for row in csv.DictReader(seed) if row["code"] not in SHAPES}


def coverage(home: Path) -> Counter[tuple[str, str | None]]:
    with duckdb.connect(str(home / "catalog.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select state, error_code, sum(roi_count)::int from rtstruct.mask_coverage group by all"
        ).fetchall()
    return Counter({(state, code): count for state, code, count in found})


def test_mask_coverage_follows_the_registry(road: Road, tmp_path: Path) -> None:
    for name in ("dicom_all.parquet", "catalog.duckdb"):
        shutil.copy(road.home / name, tmp_path)
    again = Road(tmp_path)
    select = ("build", "--select", "path:models/staging/registry+")
    assert again.here(*select).returncode == 0
    rois = road.catalog("select count(*) as n from rtstruct.rtstruct_rois")[0]["n"]
    assert coverage(tmp_path) == {("never_tried", None): rois}

    for path in road.home.glob("registry_*.parquet"):
        shutil.copy(path, tmp_path)
    assert again.here(*select).returncode == 0
    # Told ROI by ROI from the two databases themselves.
    masks = {
        (*row.values(),) for row in road.registry("select SOPInstanceUID, ROINumber from masks")
    }
    points = {
        (*row.values(),) for row in road.registry("select SOPInstanceUID, ROINumber from points")
    }
    failures = {
        (row["SOPInstanceUID"], row["ROINumber"]): (row["status"], row["error_code"])
        for row in road.registry("select * from roi_failures")
    }
    expected: Counter[tuple[str, str | None]] = Counter()
    for row in road.catalog("select SOPInstanceUID, ROINumber from rtstruct.rtstruct_rois"):
        key = (row["SOPInstanceUID"], row["ROINumber"])
        if key in masks:
            expected["mask", None] += 1
        elif key in points:
            expected["points", None] += 1
        else:
            expected[failures.get(key, ("never_tried", None))] += 1
    assert coverage(tmp_path) == expected
    assert expected["mask", None] > 20

    # None of what real clinics drew contradicts its name, or lies in another organ.
    found = again.catalog(
        "select finding_code, ROIName from rtstruct.mask_findings order by finding_code, ROIName"
    )
    judged = [row for row in found if row["finding_code"] not in NOTES]
    assert [(row["finding_code"], row["ROIName"]) for row in judged] == [
        ("stray_voxels", "Lung-Left"),
        ("stray_voxels", "Lung-Right"),
    ]
    notes = road.registry("select unnest(notes) as note from masks")
    assert len(found) - len(judged) == len(notes)
