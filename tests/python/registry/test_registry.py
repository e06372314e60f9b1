"""A registry that many may read, one writes, and that is never half written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from rtstruct.errors import RtstructError
from rtstruct.registry import writer
from rtstruct.registry.connection import create, reading, writing
from rtstruct.registry.merge import merge
from rtstruct.registry.provenance import conversions_with_masks
from rtstruct.registry.runs import end_run, start_run
from rtstruct.registry.summary import summarise
from rtstruct.registry.writer import ConversionRows
from support.small_disk import unshared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "registry.duckdb"
    create(path)
    return path


def shared(**more: Any) -> dict[str, Any]:
    return {
        "conversion_id": "c1",
        "SeriesInstanceUID": "series",
        "SOPInstanceUID": "sop",
        "referenced_SeriesInstanceUID": "image",
        "software_version": "1",
        **more,
    }


def attempt(task_id: str = "1", status: str = "done", path: str = "a.nii.gz") -> ConversionRows:
    conversion = shared(
        run_id="r",
        task_id=task_id,
        structure_set_key="sop",
        parameters_hash="p",
        parameters="{}",
        output_folder="f",
        status=status,
        error_code=None,
        message=None,
        seconds=1.0,
    )
    mask = shared(
        ROINumber=1,
        ROIName="x'); drop table masks; --\x00\udcff",
        path=path,
        format="nifti",
        file_size=10,
        sha256="0",
        voxel_count=1,
        mask_volume_mL=1.0,
        contours_used=1,
        contours_skipped=0,
        centroid_mm=[1.0, 2.0, 3.0],
        notes=["a", "b"],
    )
    return ConversionRows(conversion, (mask,))


def register(path: Path, attempts: Sequence[ConversionRows]) -> list[str]:
    with writing(path) as connection:
        return writer.register(connection, attempts)


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with reading(path) as connection:
        return connection.execute(query).fetchall()


def test_registering_twice_is_registering_once(registry: Path) -> None:
    register(registry, [attempt()])
    before = rows(registry, "select * from conversions inner join masks using (conversion_id)")
    register(registry, [attempt()])
    assert (
        rows(registry, "select * from conversions inner join masks using (conversion_id)") == before
    )
    register(registry, [attempt(task_id="2")])
    assert rows(registry, "select attempt from conversions") == [(2,)]
    assert rows(registry, "select count(*) from masks") == [(1,)]


def test_a_replaced_path_is_told(registry: Path) -> None:
    assert register(registry, [attempt()]) == []
    assert register(registry, [attempt("2", path="b.nii.gz")]) == ["a.nii.gz"]
    # On a file system that ignores case the new file is the old one.
    assert register(registry, [attempt("3", path="B.nii.gz")]) == []


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_failures_of_one_number_are_told_in_a_fixed_order(
    registry: Path, names: tuple[str, ...]
) -> None:
    failures = tuple(
        shared(ROINumber=2, ROIName=name, status="failed", error_code="e", message="m")
        for name in names
    )
    register(registry, [replace(attempt(), roi_failures=failures)])
    with reading(registry) as connection:
        (conversion,) = conversions_with_masks(connection, ["f"])
    assert [row["ROIName"] for row in conversion["roi_failures"]] == ["a", "b"]


def overlapping(task_id: str, numbers: Sequence[int]) -> ConversionRows:
    """An attempt at some ROIs, each two of which share a voxel."""
    (mask,) = attempt(task_id).masks
    masks = tuple({**mask, "ROINumber": n, "path": f"{n}.nii.gz"} for n in numbers)
    pairs = tuple(
        {"conversion_id": "c1", "ROINumber": a, "other_ROINumber": b, "shared_voxel_count": 1}
        for a, b in combinations(numbers, 2)
    )
    return replace(attempt(task_id), masks=masks, mask_overlaps=pairs)


def test_overlaps_live_as_long_as_both_masks(registry: Path, tmp_path: Path) -> None:
    pairs = "select ROINumber, other_ROINumber from mask_overlaps order by all"
    register(registry, [overlapping("1", [1, 2, 3])])
    assert rows(registry, pairs) == [(1, 2), (1, 3), (2, 3)]
    register(registry, [overlapping("2", [2])])
    assert rows(registry, pairs) == [(1, 3)]
    register(registry, [overlapping("3", [1, 2, 3])])
    assert rows(registry, pairs) == [(1, 2), (1, 3), (2, 3)]
    other = tmp_path / "other.duckdb"
    create(other)
    assert [each for *_, each in merge(other, registry, tmp_path)] == [[]]
    assert rows(other, pairs) == [(1, 2), (1, 3), (2, 3)]


def test_a_failed_transaction_leaves_nothing(registry: Path) -> None:
    with pytest.raises(ZeroDivisionError), writing(registry) as connection:
        connection.execute("delete from runs")
        connection.execute(
            "insert into runs (run_id, command, parameters, software_version,"
            " started) values ('x', 'c', '{}', '1', now())"
        )
        raise ZeroDivisionError
    assert rows(registry, "select count(*) from runs") == [(0,)]


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_writer_waits_for_whoever_holds_the_file(
    registry: Path, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(registry), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    writer = threading.Thread(target=start_run, args=(registry, "r", "convert", "{}"))
    writer.start()
    time.sleep(2.5)
    assert writer.is_alive()
    holder.communicate("go\n")
    writer.join(10)
    assert capsys.readouterr().err.count(f"waiting for {registry}, which ") == 1
    assert rows(registry, "select run_id from runs") == [("r",)]


def test_a_run_without_an_end_is_seen(registry: Path) -> None:
    start_run(registry, "r", "convert", "{}")
    last = summarise(registry).last_run
    assert last is not None
    assert (last.command, last.ended, last.outcome) == ("convert", None, None)
    end_run(registry, "r", "finished", {"done": 2, "masks": 3})
    assert rows(registry, "select done, failed, masks from runs") == [(2, 0, 3)]


def test_creating_again_keeps_what_is_there(registry: Path) -> None:
    register(registry, [attempt()])
    create(registry)
    assert rows(registry, "select count(*) from masks") == [(1,)]
    assert [path.name for path in registry.parent.iterdir()] == ["registry.duckdb"]


def test_a_file_that_is_no_registry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "registry.duckdb"
    path.write_text("no database at all, but long enough to look like one " * 100)
    with pytest.raises(RtstructError, match="cannot be opened"):
        rows(path, "select 1")


def test_tables_are_found_when_the_file_is_attached(registry: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{registry}' as registry (read_only)")
        assert connection.execute("select count(*) from registry.masks").fetchall() == [(0,)]


def make_old(registry: Path) -> None:
    """Take a registry back to before it knew label maps, and of failures by ROI."""
    register(registry, [attempt()])
    with duckdb.connect(str(registry)) as connection:
        connection.execute("alter table masks drop column label")
        connection.execute("alter table conversions drop column effective_license")
        connection.execute("drop table roi_failures")
        # Who made it noted nothing, or the schema of another version.
        connection.execute("comment on table runs is null")


@pytest.mark.parametrize("first", ["status", "convert"])
def test_an_older_registry_is_brought_up_to_date(registry: Path, first: str) -> None:
    make_old(registry)
    if first == "status":
        assert summarise(registry).total.masks == 1
    else:
        create(registry)
    fresh = registry.with_name("fresh.duckdb")
    create(fresh)
    columns = (
        "select table_name, column_name, data_type, is_nullable from duckdb_columns() order by all"
    )
    assert rows(registry, columns) == rows(fresh, columns)
    register(registry, [attempt(task_id="2")])
    assert rows(registry, "select attempt, label from conversions, masks") == [(2, None)]


def test_an_older_registry_on_a_disk_that_cannot_be_written_is_shown(registry: Path) -> None:
    make_old(registry)
    registry.chmod(0o444)
    registry.parent.chmod(0o555)
    before = registry.read_bytes()
    fixed = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; shift; exec "$@"'
    rtstruct = (sys.executable, "-m", "rtstruct", "status", "--json")
    shown = subprocess.run(
        unshared("sh", "-c", fixed, "sh", str(registry.parent), *rtstruct),
        env=os.environ | {"RTSTRUCT_HOME": str(registry.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(shown.stdout)["total"]["masks"] == 1, shown.stderr
    assert registry.read_bytes() == before
    registry.parent.chmod(0o755)


def test_an_older_registry_is_merged_into_a_new_one(registry: Path) -> None:
    make_old(registry)
    target = registry.with_name("target.duckdb")
    create(target)
    assert [
        (folders, replaced) for _, folders, replaced in merge(target, registry, registry.parent)
    ] == [(["f"], [])]
    assert rows(target, "select path, label from masks") == [("a.nii.gz", None)]


def test_what_is_no_registry_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "registry.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table runs (distance double)")
    before = path.read_bytes()
    for touch in (create, summarise):
        with pytest.raises(RtstructError, match="is not a registry"):
            touch(path)
    assert path.read_bytes() == before
