"""``rtstruct index`` as a user meets it: what it prints, where, and its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import duckdb
import pytest
from index_data import ct, save, structure_set

if TYPE_CHECKING:
    from pathlib import Path


def _rtstruct(*words: str | Path, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rtstruct", *words],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"RTSTRUCT_HOME": str(home)},
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    # A name that DuckDB would take for a pattern, and SQL for the end of a string.
    return tmp_path / "it's [a] home*"


def test_the_index_goes_home(folder: Path, home: Path) -> None:
    save(ct(pixels=4), folder / "a")
    done = _rtstruct("index", folder, home=home)

    assert done.returncode == 0
    assert "1 instances in the index" in done.stdout
    assert (home / "dicom_all.parquet").is_file()
    assert "Reading DICOM: 1 of 1" in done.stderr


def test_out_and_json(folder: Path, home: Path, tmp_path: Path) -> None:
    save(structure_set(), folder / "a")
    (folder / "b").write_text("no DICOM")
    out = tmp_path / "new" / "my.parquet"
    done = _rtstruct("index", folder, "--out", out, "--json", home=home)

    result = json.loads(done.stdout)
    assert done.returncode == 0
    assert result["index"] == str(out)
    assert result["files_table"] == str(out.with_name("my_files.parquet"))
    assert (result["files"], result["instances"], result["not_dicom"]) == (2, 1, 1)
    assert duckdb.sql(f"select count(*) from '{result['index']}'").fetchall() == [(1,)]
    assert duckdb.sql(f"select count(*) from '{result['files_table']}'").fetchall() == [(2,)]
    assert not home.exists()


def test_problems_are_told_in_one_line_each_and_in_the_exit_code(folder: Path, home: Path) -> None:
    whole = save(structure_set(), folder / "whole").read_bytes()
    (folder / "cut\n\x1b[31m.dcm").write_bytes(whole[:-9])
    done = _rtstruct("index", folder, home=home)

    assert done.returncode == 1
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("rtstruct: "))
    assert "cut\\n\\x1b[31m.dcm: It ends in the middle" in line
    assert line.endswith("Copy or download the file again, then index again.")
    assert "1 instances in the index" in done.stdout


def test_many_problems_do_not_flood_the_terminal(folder: Path, home: Path) -> None:
    for number in range(30):
        (folder / f"{number}.dcm").symlink_to("nowhere")
    done = _rtstruct("index", folder, home=home)

    assert done.returncode == 1
    assert "rtstruct: 30 files with code unreadable_file, the first of them" in done.stderr
    assert len(done.stderr.splitlines()) < 30
    everything = json.loads(_rtstruct("index", folder, "--json", home=home).stdout)
    assert len(everything["problem_files"]) == 30


def test_wrong_use(folder: Path, home: Path) -> None:
    assert _rtstruct("index", home=home).returncode == 2
    done = _rtstruct("index", folder / "nowhere", home=home)
    assert done.returncode == 2
    assert "does not exist" in done.stderr
    assert "Traceback" not in done.stderr


def test_where_nothing_can_be_written(folder: Path, home: Path) -> None:
    home.write_text("a file, not a folder")
    done = _rtstruct("index", folder, home=home)

    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("seconds", [0, 0.2, 0.4])
def test_ctrl_c_while_readers_start_is_no_traceback(
    tmp_path: Path, folder: Path, seconds: float
) -> None:
    for number in range(20):
        save(ct(f"1.2.{number}"), folder / f"{number}.dcm")
    with subprocess.Popen(
        [sys.executable, "-m", "rtstruct", "index", str(folder)],
        env={**os.environ, "RTSTRUCT_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        work = tmp_path / "home" / ".dicom_all.parquet.partial"
        while program.poll() is None and not work.exists():
            time.sleep(0.01)
        time.sleep(seconds)
        os.killpg(program.pid, signal.SIGINT)  # as a terminal does: to readers too
        _, messages = program.communicate(timeout=60)
    # 0: it was faster; -SIGINT: Python itself was ending, where a signal is nobody's to catch
    assert program.returncode in (130, 0, -signal.SIGINT)
    assert "Traceback" not in messages
    assert "leaked" not in messages
