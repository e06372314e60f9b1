"""What a build found of a mask holds for that very mask, and who has not been judged is told.

Two lungs are drawn on sides that are known by formula; what is expected follows from which one is
named left.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from end_to_end.conftest import Road
from rtstruct.phantom.grid import Grid
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.structure_set import Contour, DrawnROI, write_structure_set

if TYPE_CHECKING:
    from pathlib import Path

GRID = Grid(
    rows=40, columns=60, row_spacing_mm=5, column_spacing_mm=5, slices_mm=(0.0, 3.0, 6.0, 9.0)
)
LEFT = 10, 45
"""Row and column of a centre: x grows towards the patient's left, and with columns here."""
RIGHT = 10, 15


def disc(row: float, column: float, radius: float = 6) -> tuple[Contour, ...]:
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    contours = []
    for k in range(4):
        origin = np.array(GRID.position(k))
        across, along = (np.array(axis) for axis in GRID.directions)
        points = [
            origin
            + 5 * (column + radius * np.cos(t)) * across
            + 5 * (row + radius * np.sin(t)) * along
            for t in turn
        ]
        contours.append(Contour(np.array(points), slice_index=k))
    return tuple(contours)


def draw_lungs(folder: Path, *, swapped: bool) -> None:
    image = write_image_series(folder / "image", GRID, Study(PatientID="lungs"))
    left, right = (RIGHT, LEFT) if swapped else (LEFT, RIGHT)
    rois = [DrawnROI(1, "Lung_L", disc(*left)), DrawnROI(2, "Lung_R", disc(*right))]
    write_structure_set(folder / "structures.dcm", rois, image)


@pytest.fixture
def lungs(tmp_path: Path) -> Road:
    draw_lungs(tmp_path / "dicom", swapped=True)
    road = Road(tmp_path)
    assert road.here("index", str(tmp_path / "dicom")).returncode == 0
    assert road.here("build").returncode == 0
    return road


def status(road: Road) -> tuple[set[str], int]:
    facts = json.loads(road.here("status", "--json").stdout)
    return {each["code"] for each in facts["mask_findings"]}, facts["masks_not_judged"]


def exported(road: Road, name: str) -> tuple[set[str], int]:
    out = road.home / name
    words = ("export", "--where", "true", "--layout", "pyradiomics", "--out", str(out))
    run = road.here(*words)
    assert run.returncode == 0, run.stderr
    report = json.loads((out / "export.json").read_text())
    codes = {
        code for labels in report["warnings"].values() for of in labels.values() for code in of
    }
    return codes, sum(report["not_judged"].values())


def gallery(road: Road) -> tuple[bool, bool]:
    """Whether the pages tell of swapped sides, and of masks that are not judged."""
    run = road.here("report", "--out", str(road.home / "report"))
    assert run.returncode == 0, run.stderr
    data = (road.home / "report/data/masks.js").read_text()
    findings = (road.home / "report/findings.html").read_text()
    assert ("sides_swapped" in data) == ("sides_swapped" in findings)
    return "sides_swapped" in data, "not judged yet" in (
        road.home / "report/masks.html"
    ).read_text()


WARNED = """
import sys, warnings, rtstruct
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    masks = list(rtstruct.open(sys.argv[1]).masks("true"))
kinds = {type(each.message).__name__ for each in told}
print(sorted({w.split(":")[0] for m in masks for w in m.warnings}))
print(sum(mask.findings is None for mask in masks), kinds <= {"DoubtfulMaskWarning"})
print(sum("sides_swapped" in str(each.message) for each in told))
"""


def library(road: Road) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-c", WARNED, str(road.home)], capture_output=True, text=True, check=True
    )
    return run.stdout.split("\n")[:-1]


def test_findings_follow_the_masks_that_they_are_of(lungs: Road) -> None:
    told = lungs.here("convert", "--where", "true", "--reference")
    assert "not yet of these masks" in told.stderr + told.stdout
    assert status(lungs) == (set(), 2)
    assert exported(lungs, "before") == (set(), 2)
    assert gallery(lungs) == (False, True)
    assert library(lungs) == ["[]", "2 True", "0"]

    assert lungs.here("build").returncode == 0
    assert status(lungs) == ({"sides_swapped"}, 0)
    assert "sides_swapped: 2 masks in 1 structure set" in lungs.here("status").stdout
    assert exported(lungs, "judged") == ({"sides_swapped"}, 0)
    assert gallery(lungs) == (True, False)
    assert library(lungs) == ["['sides_swapped']", "0 True", "1"]

    # Drawn rightly under the same UID; only what a conversion needs is built.
    draw_lungs(lungs.home / "dicom", swapped=False)
    assert lungs.here("index", str(lungs.home / "dicom")).returncode == 0
    models = "+conversion_worklist +rtstruct_rois +rtstruct_series +image_instances"
    assert lungs.here("build", "--select", models).returncode == 0
    made = lungs.here("convert", "--where", "true", "--reference", "--redo", "changed", "--json")
    assert json.loads(made.stdout)["masks_not_judged"] == 2
    assert status(lungs) == (set(), 2)
    assert exported(lungs, "again") == (set(), 2)
    assert gallery(lungs) == (False, True)
    assert lungs.here("build").returncode == 0
    assert status(lungs) == (set(), 0)


def test_one_mask_made_again_takes_the_judgement_from_its_neighbours(lungs: Road) -> None:
    assert lungs.here("convert", "--where", "true").returncode == 0
    assert lungs.here("build").returncode == 0
    assert status(lungs) == ({"sides_swapped"}, 0)
    forgotten = lungs.registry("select path from masks where ROIName = 'Lung_R'")
    lungs.file(forgotten[0]["path"]).unlink()
    # The same again has the same bytes: what was found of it holds.
    assert lungs.here("convert", "--where", "true").returncode == 0
    assert status(lungs) == ({"sides_swapped"}, 0)
    assert (
        lungs.here("convert", "--where", "ROINumber = 2", "--interpolate", "--out", "x").returncode
        == 0
    )
    assert status(lungs) == (set(), 3)


def test_a_catalog_that_is_held_or_gone_does_not_keep_status_from_what_it_knows(
    lungs: Road,
) -> None:
    assert lungs.here("convert", "--where", "true").returncode == 0
    (lungs.home / "catalog.duckdb").write_bytes(b"no database " * 2000)
    shown = lungs.here("status")
    assert shown.returncode == 0
    assert "What the catalog says of masks is not shown" in shown.stdout
    assert json.loads(lungs.here("status", "--json").stdout)["mask_findings"] is None
    (lungs.home / "catalog.duckdb").unlink()
    assert status(lungs) == (set(), 2)


def test_pages_before_the_first_conversion_are_whole(lungs: Road) -> None:
    assert lungs.here("report", "--out", str(lungs.home / "report")).returncode == 0
    assert "No mask yet" in (lungs.home / "report/masks.html").read_text()
