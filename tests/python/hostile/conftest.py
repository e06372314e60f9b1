"""A cohort whose every name is hostile, and everything that the commands make of it."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from rtstruct.home import Home
from rtstruct.phantom import shapes
from rtstruct.phantom.grid import Grid, uniform
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.structure_set import DrawnROI, draw, write_structure_set
from support.hostile_names import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

PATIENT = "-\x1b[2J<b>=1+1 ../\u202e'\";$(id)"
GRID = Grid(columns=16, rows=16, slices_mm=uniform(4, 2.0), slice_thickness_mm=2.0)


@dataclass(frozen=True)
class Ground:
    """A home, and the command line working in it."""

    home: Home
    work: Path

    def run(self, *words: str, answers: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "rtstruct", *words],
            env={**os.environ, "RTSTRUCT_HOME": str(self.home.root), "PYTHONUTF8": "1"},
            cwd=self.work,
            capture_output=True,
            input=answers,
            check=False,
        )


def write_hostile_cohort(folder: Path) -> None:
    """One image, two structure sets on it, whose ROIs have the names of the list."""
    study = Study(PATIENT, "Name^<script>\x1b[31m")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom says what is wrong with each value
        image = write_image_series(folder / "image", GRID, study)
        ball = shapes.cylinder((0, 0, 0), 4, 20)
        rois = [
            DrawnROI(ROINumber=n, ROIName=name, contours=draw(ball, GRID))
            for n, name in enumerate([*HOSTILE, "Lung_L"], 1)
        ]
        for label in ("=1+1", "\x1b[31m"):
            path = folder / f"{label}.dcm"
            write_structure_set(path, rois, image, label=label, character_set="ISO_IR 192")


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Indexed, built and converted."""
    base = tmp_path_factory.mktemp("hostile")
    work = base / "work"
    work.mkdir()
    folder = base / "=it's \x1b[31m {x} [*]\nfolder"
    write_hostile_cohort(folder)
    ground = Ground(Home(base / "home it's 1 %20 a=b [*]"), work)
    for words in (("index", str(folder)), ("build",)):
        done = ground.run(*words)
        assert done.returncode == 0, done.stderr.decode()
    return ground
