"""The catalog of real structure sets, checked against what pydicom alone says of the files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from end_to_end.real_files import structure_sets

if TYPE_CHECKING:
    from end_to_end.conftest import Road

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GTV-1", {"roi_class": "TARGET", "target_type": "GTV", "target_index": 1}),
        ("Spinal-Cord", {"roi_class": "ANATOMY", "structure": "SpinalCord", "laterality": None}),
        ("Lung-Left", {"roi_class": "ANATOMY", "structure": "Lung", "laterality": "L"}),
        ("Lung-Right", {"roi_class": "ANATOMY", "structure": "Lung", "laterality": "R"}),
    ],
)
def test_names_of_lung1_001_are_understood(
    road: Road, name: str, expected: dict[str, object]
) -> None:
    (row,) = road.catalog("select * from rtstruct.roi_name_vocabulary where ROIName = ?", name)
    assert {column: row[column] for column in expected} == expected


def test_every_roi_of_every_file_is_in_the_catalog(road: Road, shared_dicom: Path) -> None:
    drawn = {
        (uid, int(item.ROINumber))
        for uid, dataset in structure_sets(shared_dicom).items()
        for item in dataset.StructureSetROISequence
    }
    rows = road.catalog("select SOPInstanceUID, ROINumber from rtstruct.rtstruct_rois")
    assert {(row["SOPInstanceUID"], row["ROINumber"]) for row in rows} == drawn
    assert len(rows) == len(drawn)


def test_roi_name_counts_are_the_series_that_use_a_name(road: Road, shared_dicom: Path) -> None:
    series: dict[str, set[str]] = {}
    for dataset in structure_sets(shared_dicom).values():
        for item in dataset.StructureSetROISequence:
            series.setdefault(item.ROIName.strip(), set()).add(dataset.SeriesInstanceUID)
    rows = road.catalog("select ROIName, ROISeriesCount from rtstruct.roi_name_counts")
    counts = {row["ROIName"].strip(): row["ROISeriesCount"] for row in rows}
    assert counts == {name: len(uids) for name, uids in series.items()}


def test_the_queries_of_idcs_documentation_agree_with_the_marts(road: Road) -> None:
    dbt = Path(sys.executable).with_name("dbt")
    compiled = road.home / "target"
    subprocess.run(
        [dbt, "compile", "--quiet", "--profiles-dir", "profiles", "--target-path", compiled],
        cwd=PROJECT,
        env=road.environment,
        check=True,
        capture_output=True,
    )
    queries = {
        path.stem: path.read_text() for path in (compiled / "compiled").rglob("analyses/*.sql")
    }
    names = next(sql for stem, sql in queries.items() if "roi" in stem.lower())
    frequency = {row["ROIName"]: row["ROISeriesCount"] for row in road.catalog(names)}
    rows = road.catalog("select ROIName, ROISeriesCount from rtstruct.roi_name_counts")
    assert frequency == {row["ROIName"]: row["ROISeriesCount"] for row in rows}
    viewer = next(sql for stem, sql in queries.items() if "viewer" in stem.lower())
    (link,) = road.catalog(viewer)
    studies = road.catalog("select StudyInstanceUID from rtstruct.rtstruct_series")
    assert any(
        study["StudyInstanceUID"] in str(value) for study in studies for value in link.values()
    )
