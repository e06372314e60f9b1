"""``rtstruct sql`` in the hands of a user."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest

from rtstruct.catalog.query import connect
from rtstruct.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.home import Home


@pytest.fixture(autouse=True)
def _home(odd_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RTSTRUCT_HOME", str(odd_home.root))


HOSTILE = "'[red]' || chr(27) || '[2J' || chr(8238) || chr(10) || 'end'"


def test_csv_holds_every_value_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "select repeat('x', 5000) as a, null as b, [1, 2] as c", "--csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows == [["a", "b", "c"], ["x" * 5000, "", "[1, 2]"]]


def test_json_gives_back_hostile_names_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", f"select {HOSTILE} as name, 'nan'::double as n, true as t", "--json"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert json.loads(out) == [{"name": "[red]\x1b[2J\u202e\nend", "n": None, "t": True}]


def test_json_of_no_rows_is_an_empty_array(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "select 1 where false", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_table_never_obeys_what_a_name_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", f"select {HOSTILE} as name"]) == 0
    out = capsys.readouterr().out
    assert "[red]\\x1b[2J\\u202e\\nend" in out
    assert not {"\x1b", "\u202e"} & set(out)


def test_parquet_keeps_types(tmp_path: Path) -> None:
    file = tmp_path / "rois.parquet"
    assert (
        main(["sql", "select ROIName, ROINumber from rtstruct_rois", "--parquet", str(file)]) == 0
    )
    kept = duckdb.sql(f"select * from '{file}'")
    assert [str(kind) for kind in kept.types] == ["VARCHAR", "BIGINT"]
    assert len(kept.fetchall()) == 27


@pytest.mark.parametrize(
    "query",
    [
        "selec",
        "select no_such from rtstruct_rois",
        "drop table rtstruct_rois",
        "select 'x'::int",
        "select 1; select 2",
        "",
    ],
)
def test_bad_sql_is_one_line_and_wrong_use(query: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", query]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("rtstruct: ")
    assert len(captured.err.splitlines()) == 1


def test_the_catalog_cannot_be_changed(odd_home: Home) -> None:
    before = odd_home.catalog.read_bytes()
    assert main(["sql", "delete from rtstruct_rois"]) == 2
    assert odd_home.catalog.read_bytes() == before


def test_the_registry_is_found_beside_the_catalog(
    odd_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = type(odd_home)(tmp_path)
    home.catalog.write_bytes(odd_home.catalog.read_bytes())
    with duckdb.connect(str(home.registry)) as registry:
        registry.execute("create table masks as select 7 as n")
    with connect(home) as connection:
        assert connection.execute("select n from registry.masks").fetchall() == [(7,)]


def test_asking_before_building_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RTSTRUCT_HOME", str(tmp_path))
    assert main(["sql", "select 1"]) == 2
    assert "Run `rtstruct build` first" in capsys.readouterr().err


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
def test_a_reader_that_goes_away_is_no_error(form: list[str]) -> None:
    command = [sys.executable, "-m", "rtstruct", "sql", "select unnest(range(30000)) as n", *form]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize(
    "query",
    [
        "copy (select 1) to '{home}/registry.duckdb'",
        "attach '{home}/catalog.duckdb' as again",
        "export database '{home}/all'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "create table memory.main.x as select 1",
        "select * from read_text('{home}/catalog.duckdb')",
        "from glob('/etc/*')",
        "from '{home}/dicom_all.parquet'",
        "checkpoint",
        "drop table rtstruct_rois",
        "delete from rtstruct_rois",
    ],
)
def test_sql_only_reads_and_only_catalog_and_registry(
    query: str, odd_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat() for path in odd_home.root.iterdir()}
    assert main(["sql", query.format(home=odd_home.root)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert {path: path.stat().st_mtime_ns for path in odd_home.root.iterdir()} == {
        path: state.st_mtime_ns for path, state in before.items()
    }


def test_an_answer_is_not_written_among_catalog_and_registry(
    odd_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    before = odd_home.catalog.read_bytes()
    assert main(["sql", "select 1", "--parquet", str(odd_home.catalog)]) == 2
    assert "among catalog and registry" in capsys.readouterr().err
    assert odd_home.catalog.read_bytes() == before
