"""The catalog knows what has become of each of its ROIs."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

import duckdb

from end_to_end.conftest import Road

if TYPE_CHECKING:
    from pathlib import Path


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
    select = ("build", "--select", "stg_registry__rois+")
    assert again.rtstruct(*select).returncode == 0
    rois = road.catalog("select count(*) as n from rtstruct.rtstruct_rois")[0]["n"]
    assert coverage(tmp_path) == {("never_tried", None): rois}

    shutil.copy(road.home / "registry_roi_outcomes.parquet", tmp_path)
    assert again.rtstruct(*select).returncode == 0
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
