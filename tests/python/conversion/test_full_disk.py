"""A disk that is full, or cannot be written to: one clear line, a row, and the same command again.

The disk is a small file system in memory that only the command sees. Where the system does not let
users mount one, files may not grow beyond a size instead, which is too small for the registry.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from rtstruct.home import Home
from rtstruct.phantom.grid import Grid
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from support.command import Command
from support.phantoms import phantoms
from support.small_disk import STORY, unshared
from support.workspace import Road, write_catalog

if TYPE_CHECKING:
    from pathlib import Path

    from support.workspace import Sketch

PATIENTS = 40


@pytest.fixture(scope="module")
def patients(tmp_path_factory: pytest.TempPathFactory) -> list[Sketch]:
    return phantoms(tmp_path_factory.mktemp("dicom"), PATIENTS, voxels=8, slices=2)


@pytest.mark.parametrize(("full", "kilobytes"), [("masks", 160), ("home", 2400)])
def test_a_full_disk_is_told_and_the_work_goes_on(
    patients: list[Sketch], tmp_path: Path, full: str, kilobytes: int
) -> None:
    whole = Command(Home(tmp_path / "whole"))
    home = Home(tmp_path / "home")
    for each in (whole.home, home):
        write_catalog(each, patients)
        each.masks.mkdir()
    whole.run("convert", "--where", "true")
    disk = home.masks if full == "masks" else home.root
    keep = tmp_path / "keep"
    keep.mkdir()
    if full == "home":
        home.catalog.rename(keep / home.catalog.name)
    command = [sys.executable, "-m", "rtstruct", "convert", "--where", "true", "--workers", "2"]
    told = subprocess.run(
        unshared("sh", "-c", STORY, "sh", str(disk), str(kilobytes), str(keep), *command),
        env={**os.environ, "RTSTRUCT_HOME": str(home.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in told.stderr
    codes = [line for line in told.stdout.splitlines() if line.isdecimal()]
    assert codes == ["1", "0"], told
    (line,) = [line for line in told.stderr.splitlines() if line.startswith("rtstruct: ")]
    assert "No space left" in line or "File too large" in line
    assert "the same command goes on where it stopped" in line

    shutil.rmtree(disk)
    keep.rename(disk)
    road = Road(home)
    assert road.state() == Road(whole.home).state()
    assert road.files() == Road(whole.home).files()
    road.check_whole()
    if full == "masks" and "No space left" in line:
        outcomes = road.sql("select outcome from runs order by started")
        assert line.startswith(f"rtstruct: {outcomes[0][0]}")
        assert outcomes[1] == ("finished",)


def test_a_disk_without_any_room_is_no_wrong_folder(patients: list[Sketch], tmp_path: Path) -> None:
    home, keep = Home(tmp_path / "home"), tmp_path / "keep"
    write_catalog(home, patients[:2])
    keep.mkdir()
    (keep / "other").write_bytes(bytes(160 * 1024))
    command = [sys.executable, "-m", "rtstruct", "convert", "--where", "true", "--workers", "1"]
    story = unshared("sh", "-c", STORY, "sh", str(home.masks), "160", str(keep), *command)
    if story[0] != "unshare":
        pytest.skip("users may not mount a small disk here")
    told = subprocess.run(
        story,
        env={**os.environ, "RTSTRUCT_HOME": str(home.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    codes = [line for line in told.stdout.splitlines() if line.isdecimal()]
    assert codes == ["1", "0"], told
    (line,) = [line for line in told.stderr.splitlines() if line.startswith("rtstruct: ")]
    assert "No space left" in line
    assert "the same command goes on where it stopped" in line


def test_a_catalog_that_finds_no_room_is_told_once(tmp_path: Path) -> None:
    """Not by a traceback for each line of a log."""
    keep, home, data = tmp_path / "keep", tmp_path / "home", tmp_path / "data"
    write_image_series(data, Grid(columns=4, rows=4, slices_mm=(0.0,)), Study("P"))
    assert Command(Home(keep)).run("index", str(data))[0] == 0
    command = [sys.executable, "-m", "rtstruct", "build"]
    told = subprocess.run(
        unshared("sh", "-c", STORY, "sh", str(home), "1500", str(keep), *command),
        env={**os.environ, "RTSTRUCT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in told.stderr
    assert told.stdout.split() == ["1", "0"], told
    (line,) = [line for line in told.stderr.splitlines() if line.startswith("rtstruct: ")]
    assert "No space left" in line or "File too large" in line
