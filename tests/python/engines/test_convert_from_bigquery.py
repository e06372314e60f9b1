"""`rtstruct convert --catalog bigquery`: the marts are read once, over the real wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
from google.cloud import bigquery, bigquery_storage

from rtstruct.cli import main
from rtstruct.home import Home
from support.phantoms import phantoms
from support.workspace import Road, write_catalog

if TYPE_CHECKING:
    from pathlib import Path

    from engines.emulator import Emulator

PROJECT = "clinic"
CONVERT = ("convert", "--where", "ROIName = 'Lung [L]'", "--workers", "1")
Client = bigquery.Client
TYPES = {
    "VARCHAR": "STRING",
    "BIGINT": "INTEGER",
    "DOUBLE": "FLOAT",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
}


@pytest.fixture
def marts(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A catalog of two patients that is in BigQuery only; what it was made of is returned."""
    local = Home(tmp_path / "local")
    write_catalog(local, phantoms(tmp_path / "dicom", 2))
    for table in ("rtstruct_series", "rtstruct_rois", "conversion_worklist", "image_instances"):
        load(emulator, local, table)
    # Credentials and addresses only; what is asked and answered is the emulator's.
    client, storage = emulator.client(PROJECT), emulator.storage_client()
    monkeypatch.setattr(bigquery, "Client", lambda: client)
    monkeypatch.setattr(bigquery_storage, "BigQueryReadClient", lambda: storage)
    monkeypatch.setenv("RTSTRUCT_HOME", str(tmp_path / "home"))
    return local


def load(emulator: Emulator, home: Home, table: str, which: str = "") -> None:
    """Replace a mart in BigQuery by rows of the local one."""
    lines = home.root / f"{table}.ndjson"
    with duckdb.connect(str(home.catalog), read_only=True) as connection:
        rows = connection.sql(f"from rtstruct.{table} {which}")
        schema = [
            {"name": name, "type": TYPES[str(kind)]}
            for name, kind in zip(rows.columns, rows.types, strict=True)
        ]
        connection.execute(f"copy (from rtstruct.{table} {which}) to '{lines}' (format json)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bigquery, "Client", Client)
        path = (PROJECT, "rtstruct", table)
        emulator.client(PROJECT).delete_table(".".join(path), not_found_ok=True)
        emulator.load(path, schema, lines)


def test_masks_from_marts_in_bigquery(
    marts: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    assert main([*CONVERT, "--catalog", "bigquery", "--dry-run"]) == 0
    said = capsys.readouterr()
    assert "4 marts in BigQuery project clinic: " in said.err
    assert "no query is billed" in said.err
    assert not home.root.exists()

    assert main([*CONVERT, "--catalog", "bigquery"]) == 0
    capsys.readouterr()
    assert main([*CONVERT, "--catalog", "bigquery"]) == 0
    said = capsys.readouterr()
    assert "as they were copied: nothing is read" in said.err
    assert "Nothing to do: 2 ROIs converted already." in said.out

    # The copy is a catalog like any other, and the same masks come of the one it was copied from.
    assert main(list(CONVERT)) == 0
    monkeypatch.setenv("RTSTRUCT_HOME", str(marts.root))
    assert main(list(CONVERT)) == 0
    assert Road(home).files() == Road(marts).files() != {}


def test_marts_that_changed_are_copied_again(marts: Home, emulator: Emulator) -> None:
    assert main([*CONVERT, "--catalog", "bigquery"]) == 0
    load(emulator, marts, "rtstruct_rois", "where ROINumber = 1")
    assert main([*CONVERT, "--catalog", "bigquery"]) == 0
    copied = Home.from_environment().catalog
    with duckdb.connect(str(copied), read_only=True) as connection:
        ((count,),) = connection.execute("select count(*) from rtstruct.rtstruct_rois").fetchall()
    assert count == 2


def test_a_catalog_that_was_built_here_is_not_replaced(
    marts: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RTSTRUCT_HOME", str(marts.root))
    before = marts.catalog.read_bytes()
    assert main([*CONVERT, "--catalog", "bigquery"]) == 2
    assert "would be replaced by the copy from BigQuery" in capsys.readouterr().err
    assert marts.catalog.read_bytes() == before
