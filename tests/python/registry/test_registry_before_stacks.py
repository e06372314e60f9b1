"""A registry from before stacks opens, is brought up to date, and its work is gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from rtstruct.conversion.identity import conversion_id, stack_suffix
from rtstruct.registry import writer
from rtstruct.registry.connection import create, reading, writing
from rtstruct.registry.merge import merge
from rtstruct.registry.reader import tried
from rtstruct.registry.summary import summarise
from rtstruct.registry.writer import ConversionRows

if TYPE_CHECKING:
    from collections.abc import Sequence

FIXTURE = Path(__file__).with_name("before_stacks.sql")
# Of a structure set on a series of one stack: what the older version called it.
IDENTITY = conversion_id("sop", "image", stack_suffix(1, 1), "p")


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "registry.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(FIXTURE.read_text())
    return path


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with reading(path) as connection:
        return connection.execute(query).fetchall()


def attempt(stack: int, rois: Sequence[int]) -> ConversionRows:
    shared = {
        "conversion_id": IDENTITY,
        "SeriesInstanceUID": "series",
        "SOPInstanceUID": "sop",
        "referenced_SeriesInstanceUID": "image",
        "stack_number": stack,
        "software_version": "2",
    }
    conversion = {
        **shared,
        "run_id": "r1",
        "task_id": "1",
        "structure_set_key": "sop",
        "parameters_hash": "p",
        "parameters": "{}",
        "output_folder": "f",
        "status": "done",
        "seconds": 1.0,
        "stack_evidence": "contours",
        "error_code": None,
        "message": None,
    }
    masks = tuple(
        {
            **shared,
            "ROINumber": number,
            "ROIName": f"R{number}",
            "path": f"f/{number}.nii.gz",
            "format": "nifti",
            "file_size": 1,
            "sha256": "1",
            "voxel_count": 1,
            "mask_volume_mL": 1.0,
            "contours_used": 1,
            "contours_skipped": 0,
            "contours_named": 4,
            "notes": [],
        }
        for number in rois
    )
    return ConversionRows(conversion, masks)


def test_it_opens_as_it_is(registry: Path) -> None:
    assert summarise(registry).total.masks == 1
    assert rows(registry, "select stack_number, stack_evidence from conversions") == [(None, None)]
    assert rows(registry, "select ROIName, voxel_count, stack_number from masks") == [
        ("Lung_L", 5, None)
    ]


def test_it_has_all_columns_of_a_new_one(registry: Path, tmp_path: Path) -> None:
    create(registry)
    fresh = tmp_path / "fresh.duckdb"
    create(fresh)
    columns = "select table_name, column_name, data_type from duckdb_columns() order by all"
    assert rows(registry, columns) == rows(fresh, columns)


def test_what_was_done_is_known_by_the_same_identity(registry: Path) -> None:
    known = tried(registry, "p")
    assert {number: roi.state for number, roi in known[IDENTITY].rois.items()} == {
        1: "mask",
        2: "points",
        3: "failed",
    }


def test_work_goes_on_in_it(registry: Path) -> None:
    create(registry)
    with writing(registry) as connection:
        # The file that the older version wrote is the new mask's no longer.
        assert writer.register(connection, [attempt(1, [1, 3])]) == ["f/001_Lung_L.nii.gz"]
    assert rows(registry, "select attempt, status, stack_number from conversions") == [
        (2, "done", 1)
    ]
    assert rows(
        registry, "select ROINumber, stack_number, contours_named from masks order by 1"
    ) == [
        (1, 1, 4),
        (3, 1, 4),
    ]
    assert rows(registry, "select count(*) from roi_failures") == [(0,)]
    assert rows(registry, "select ROIName, stack_number from points") == [("seed", None)]


def test_it_is_merged_into_a_new_one(registry: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.duckdb"
    create(target)
    assert [folders for _, folders, _ in merge(target, registry, tmp_path)] == [["f"]]
    assert rows(target, "select ROIName, stack_number from masks") == [("Lung_L", None)]


def test_failures_of_two_rois_of_one_number_both_have_a_row(registry: Path) -> None:
    before = rows(registry, "select conversion_id, ROINumber, ROIName from roi_failures")
    key = (
        "select constraint_column_names from duckdb_constraints()"
        " where table_name = 'roi_failures' and constraint_type = 'PRIMARY KEY'"
    )
    assert rows(registry, key) == [(["conversion_id", "ROINumber", "ROIName"],)]
    insert = (
        "insert or ignore into roi_failures (conversion_id, SeriesInstanceUID, SOPInstanceUID,"
        " ROINumber, ROIName, status, error_code, message, software_version)"
        " values ('c', 's', 'i', 3, ?, 'failed', 'duplicate_roi_number', 'm', '2')"
    )
    with writing(registry) as connection:
        connection.execute(insert, ["Heart"])
        connection.execute(insert, ["Esophagus"])
    after = rows(registry, "select conversion_id, ROINumber, ROIName from roi_failures order by 1")
    assert sorted(after) == sorted([*before, ("c", 3, "Heart"), ("c", 3, "Esophagus")])
