"""``rtstruct build`` in the hands of a user."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import chain
from typing import TYPE_CHECKING

import duckdb
import pytest
import yaml

from catalog import odd_cohort
from catalog.dicom_all_rows import write_parquet
from rtstruct.catalog.project import project_folder
from rtstruct.codes import codes
from support.command import run_here

if TYPE_CHECKING:
    from pathlib import Path


def rtstruct(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in its own process and folder, as a user runs it."""
    return subprocess.run(
        [sys.executable, "-m", "rtstruct", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def one_line(run: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in run.stderr + run.stdout
    lines = run.stderr.strip().splitlines()
    problems = [line for line in lines if line.startswith("rtstruct: ")]
    assert len(problems) == 1, lines
    return problems[0]


def test_build_leaves_nothing_outside_the_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    here = tmp_path / "here"
    here.mkdir()
    write_parquet(home / "dicom_all.parquet", odd_cohort.rows())
    run = rtstruct(here, "build", "--select", "stg_dicom_all", RTSTRUCT_HOME=str(home))
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""
    assert "1 models built" in run.stderr
    assert list(here.iterdir()) == []
    assert (home / "catalog.duckdb").is_file()


def test_build_without_an_index_says_how_to_get_one(tmp_path: Path) -> None:
    run = rtstruct(tmp_path, "build", RTSTRUCT_HOME=str(tmp_path))
    assert run.returncode == 2
    assert "Run `rtstruct index PATH...` first" in one_line(run)


def test_an_index_without_a_column_is_refused_in_one_line(tmp_path: Path) -> None:
    write_parquet(tmp_path / "dicom_all.parquet", odd_cohort.rows(), drop=["PixelSpacing"])
    run = run_here(tmp_path, "build", "--select", "stg_dicom_all+")
    assert run.returncode == 1
    assert "PixelSpacing" in one_line(run)
    assert codes()["source_column_missing"].remedy in one_line(run)


def test_an_index_with_a_renamed_column_is_refused_in_one_line(tmp_path: Path) -> None:
    index = tmp_path / "dicom_all.parquet"
    rows = duckdb.read_parquet(str(write_parquet(tmp_path / "made.parquet", odd_cohort.rows())))
    rows.select("* rename (StructureSetROISequence as rois)").write_parquet(str(index))
    run = run_here(tmp_path, "build", "--select", "stg_dicom_all+")
    assert run.returncode == 1
    assert "StructureSetROISequence" in one_line(run)
    assert codes()["source_column_missing"].remedy in one_line(run)


def test_a_file_that_is_no_parquet_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "dicom_all.parquet").write_text("no Parquet at all")
    run = run_here(tmp_path, "build")
    assert run.returncode == 1
    assert "dicom_all.parquet" in one_line(run)


@pytest.mark.parametrize("variables", ["[", "just words", "- a\n- b"])
def test_variables_that_are_no_mapping_are_wrong_use(tmp_path: Path, variables: str) -> None:
    run = rtstruct(tmp_path, "build", "--vars", variables, RTSTRUCT_HOME=str(tmp_path))
    assert run.returncode == 2
    assert "--vars" in one_line(run)


def dbt_run(work: Path, *, project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a user of dbt types, who has not read our documentation."""
    return subprocess.run(
        [
            *(sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--no-use-colors"),
            *("run", "--profiles-dir", "profiles", "--select", "stg_dicom_all"),
            *("--target-path", str(work / "target"), "--log-path", str(work / "logs")),
        ],
        cwd=project,
        env={**os.environ, "DO_NOT_TRACK": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_dbt_itself_finds_the_index_in_the_home(tmp_path: Path) -> None:
    write_parquet(tmp_path / "dicom_all.parquet", odd_cohort.rows())
    run = dbt_run(tmp_path, project=project_folder(), RTSTRUCT_HOME=str(tmp_path))
    assert run.returncode == 0, run.stdout
    assert (tmp_path / "catalog.duckdb").is_file()


def test_dbt_itself_in_a_fresh_clone_says_that_there_is_no_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path / "clone"
    project = project_folder()
    shutil.copytree(
        project / "rtstruct-data", clone / "rtstruct-data", ignore=shutil.ignore_patterns("[!.]*")
    )
    settings = yaml.safe_load((project / "dbt_project.yml").read_text())
    folders = [settings[key] for key in settings if key.endswith("-paths")]
    for folder in ["profiles", *chain.from_iterable(folders)]:
        shutil.copytree(project / folder, clone / folder)
    shutil.copy(project / "dbt_project.yml", clone)
    monkeypatch.delenv("RTSTRUCT_HOME", raising=False)
    run = dbt_run(tmp_path, project=clone)
    assert run.returncode == 2
    assert "Traceback" not in run.stdout + run.stderr
    assert (
        "there is no rtstruct-data/dicom_all.parquet: run `rtstruct index PATH...` first"
        in run.stdout
    )
