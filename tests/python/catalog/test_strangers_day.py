"""What goes wrong on a stranger's first day is told in one true line."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import duckdb
import pytest

from rtstruct.catalog import build as building
from rtstruct.cli import main
from rtstruct.home import Home

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import duckdb, sys, time
held = duckdb.connect(sys.argv[1])
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("RTSTRUCT_HOME", str(tmp_path))
    home = Home(tmp_path)
    duckdb.connect(str(home.catalog)).close()
    duckdb.sql("select 1 as x").write_parquet(str(home.dicom_all))
    return home


def test_a_build_waits_for_a_catalog_that_is_held_and_says_by_whom(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(building, "_PATIENCE_S", 3.0)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.catalog)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        started = time.monotonic()
        try:
            assert main(["build"]) == 1
        finally:
            holder.kill()
    assert time.monotonic() - started > 2.9
    said = capfd.readouterr().err
    assert f"waiting for {home.catalog}" in said
    assert str(holder.pid) in said
    assert said.splitlines()[-1].startswith(f"rtstruct: {home.catalog} has been held")


def test_a_missing_adapter_is_told_with_the_command_that_installs_it(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(building, "find_spec", lambda name: None)
    assert main(["build", "--target", "bigquery"]) == 2
    said = capfd.readouterr().err
    assert "dbt-bigquery is not installed" in said
    assert "pip install 'rtstruct[bigquery]'" in said


def test_dbt_run_without_its_seeds_says_what_to_run(home: Home, tmp_path: Path) -> None:
    from rtstruct.catalog.project import project_folder

    project = project_folder()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", "run", "--project-dir", str(project)),
            *("--profiles-dir", str(project / "profiles"), "--target-path", str(tmp_path / "t")),
            *("--log-path", str(tmp_path / "l"), "--select", "int_roi_overrides"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "the seeds are not loaded: run `dbt build`, or `dbt seed` first" in done.stdout
