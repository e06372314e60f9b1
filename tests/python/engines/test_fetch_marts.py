"""The marts in BigQuery reach the converter: over the real wire, by either of its protocols."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from engines.compare import differences, report
from engines.reference import rows_of
from rtstruct.catalog import worklist
from rtstruct.catalog.bigquery import fetch_marts
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from pathlib import Path

    from engines.emulator import Emulator


@pytest.mark.usefixtures("emulator_project")
@pytest.mark.parametrize("protocol", ["storage", "rest"])
def test_marts_are_copied_row_for_row(
    emulator: Emulator, duckdb_catalog: duckdb.DuckDBPyConnection, tmp_path: Path, protocol: str
) -> None:
    catalog = tmp_path / "catalog.duckdb"
    storage = emulator.storage_client() if protocol == "storage" else None

    fetched = {
        mart.name: mart.rows for mart in fetch_marts(catalog, emulator.client("local"), storage)
    }

    tables = duckdb_catalog.execute(
        "select table_name from information_schema.tables where table_schema = 'rtstruct'"
    ).fetchall()
    assert sorted(fetched) == sorted(name for (name,) in tables)
    with duckdb.connect(str(catalog), read_only=True) as copied:
        found = {
            table: different
            for table in fetched
            if (
                different := differences(
                    rows_of(duckdb_catalog, f"from rtstruct.{table}"),
                    rows_of(copied, f"from rtstruct.{table}"),
                )
            )
        }
    print(f"{len(fetched)} marts, {sum(fetched.values())} rows copied, {len(found)} differ")
    assert not found, report(found)
    assert list(tmp_path.iterdir()) == [catalog]


@pytest.mark.usefixtures("emulator_project", "duckdb_project")
def test_a_worklist_from_bigquery_is_the_worklist_from_duckdb(
    emulator: Emulator, engines_folder: Path, tmp_path: Path
) -> None:
    ours, theirs = tmp_path / "ours.duckdb", tmp_path / "theirs.duckdb"
    fetch_marts(theirs, emulator.client("local"), emulator.storage_client())
    # A copy: DuckDB does not open one file in two ways in one process.
    shutil.copy(engines_folder / "catalog.duckdb", ours)

    selected = worklist.select(theirs, "structure = 'Heart' and collection_id = 'lctsc'")

    assert selected
    assert selected == worklist.select(ours, "structure = 'Heart' and collection_id = 'lctsc'")


@pytest.mark.usefixtures("emulator_project")
def test_a_catalog_that_cannot_be_replaced_stays(emulator: Emulator, tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.duckdb"
    catalog.write_text("the one before")

    with pytest.raises(RtstructError, match="no marts in another-project"):
        fetch_marts(catalog, emulator.client("another-project"))

    assert catalog.read_text() == "the one before"
    assert list(tmp_path.iterdir()) == [catalog]
