"""``rtstruct demo``: what a stranger sees first."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pydicom
import pytest

from rtstruct.catalog.outcomes import ROIOutcome
from rtstruct.demo import Verdict
from rtstruct.phantom.cohort import PhantomROI

if TYPE_CHECKING:
    from pathlib import Path


def run_demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rtstruct", "demo", str(folder), *words],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo"


@pytest.fixture(scope="module")
def first(folder: Path) -> subprocess.CompletedProcess[str]:
    return run_demo(folder)


@pytest.fixture(scope="module")
def again(folder: Path, first: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert first.returncode == 0
    run = run_demo(folder, "--json")
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def test_it_succeeds_and_says_where_everything_is(
    folder: Path, first: subprocess.CompletedProcess[str]
) -> None:
    assert first.returncode == 0, first.stderr
    assert "31 of 31 masks agree" in first.stdout
    for name in ("phantom", "index", "build", "convert", "report"):
        assert f"\n{name} " in f"\n{first.stderr}"
    for file in ("dicom_all.parquet", "catalog.duckdb", "registry.duckdb", "report/index.html"):
        assert (folder / file).is_file()
    assert len(list((folder / "masks").rglob("*.nii.gz"))) == 31


def test_it_is_plain_text_of_at_most_80_columns_when_piped(
    first: subprocess.CompletedProcess[str],
) -> None:
    assert "\x1b" not in first.stdout + first.stderr
    lines = first.stdout.splitlines()
    # The commands to copy hold a path that is as long as it is.
    assert [line for line in lines if len(line) > 80 and "rtstruct" not in line] == []


def test_running_it_again_does_no_work_twice(again: dict[str, Any]) -> None:
    steps = {step["name"]: step["result"] for step in again["steps"]}
    assert "0 files read" in steps["index"]
    assert steps["convert"].startswith("nothing new")


def test_each_phantom_roi_became_what_it_should(again: dict[str, Any]) -> None:
    rois = again["rois"]
    assert all(roi["agrees"] for roi in rois)
    masks = [roi for roi in rois if roi["kind"] == "mask"]
    for roi in masks:
        assert roi["mask_volume_mL"] == pytest.approx(roi["truth_mL"], rel=again["tolerance"])
    others = {roi["ROIName"]: roi["error_code"] for roi in rois if roi["kind"] != "mask"}
    assert others == {
        "iso": None,
        "seeds": None,
        "Bladder": "empty_roi",
        "Prostate": "image_absent",
        "Rectum": "image_absent",
    }


def test_hostile_names_stay_inside_the_masks_folder(folder: Path, again: dict[str, Any]) -> None:
    assert any(roi["ROIName"] == "../evil" for roi in again["rois"])
    evil = [path for path in folder.parent.rglob("*") if "evil" in path.name]
    assert len(evil) == 1
    assert folder / "masks" in evil[0].parents


def test_it_refuses_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    run = run_demo(tmp_path)
    assert run.returncode == 2
    assert "holds something that the demo did not make" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


MASK = PhantomROI("P", "1.2", 1, "Lung_L", 100.0, "mask", 0)
FOUND = ROIOutcome("P", "1.2", 1, "Lung_L", "ANATOMY", "Lung", "L", 100.5, 0, None, None)


@pytest.mark.parametrize(
    ("truth", "outcome", "agrees"),
    [
        (MASK, FOUND, True),
        (MASK, replace(FOUND, mask_volume_mL=101.1), False),
        (MASK, replace(FOUND, mask_volume_mL=98.9), False),
        (MASK, replace(FOUND, mask_volume_mL=None, error_code="off_grid"), False),
        (replace(MASK, kind="empty"), FOUND, False),
        (replace(MASK, kind="empty"), replace(FOUND, mask_volume_mL=None), False),
        (
            replace(MASK, kind="points", volume_mL=None, point_count=2),
            replace(FOUND, mask_volume_mL=None, point_count=1),
            False,
        ),
        (
            replace(MASK, kind="points", volume_mL=None, point_count=2),
            replace(FOUND, mask_volume_mL=None, point_count=2),
            True,
        ),
    ],
)
def test_a_wrong_mask_or_a_missing_reason_is_no_agreement(
    truth: PhantomROI, outcome: ROIOutcome, agrees: bool
) -> None:
    assert Verdict(truth, outcome).agrees is agrees


def test_dicom_segments_carry_the_codes_of_the_vocabulary(
    folder: Path, again: dict[str, Any], tmp_path: Path
) -> None:
    shutil.copy(folder / "catalog.duckdb", tmp_path)
    words = ["convert", "--format", "seg", "--where", "PatientID in ('CT-FRENCH', 'CT-ENGLISH')"]
    run = subprocess.run(
        [sys.executable, "-m", "rtstruct", *words],
        env={**os.environ, "RTSTRUCT_HOME": str(tmp_path)},
        check=False,
    )
    assert run.returncode == 0
    segments = {
        segment.SegmentLabel: segment
        for path in (tmp_path / "masks").rglob("segmentation.dcm")
        for segment in pydicom.dcmread(path).SegmentSequence
    }

    def meaning(name: str) -> tuple[str, str, list[str], list[str]]:
        (category,) = segments[name].SegmentedPropertyCategoryCodeSequence
        (kind,) = segments[name].SegmentedPropertyTypeCodeSequence
        sides = kind.get("SegmentedPropertyTypeModifierCodeSequence", [])
        regions = segments[name].get("AnatomicRegionSequence", [])
        return (
            category.CodeMeaning,
            kind.CodeMeaning,
            [side.CodeMeaning for side in sides],
            [region.CodeMeaning for region in regions],
        )

    assert meaning("Poumon G") == ("Anatomical Structure", "Lung", ["Left"], [])
    assert meaning("PTV_60Gy")[:2] == ("RT Target", "PTV")
    planning_volume = "Planning Organ At Risk Volume"
    assert meaning("cord+5mm") == (
        "RT Dose Calculation Structure", planning_volume, [], ["SpinalCord"],
    )  # fmt: skip
    assert segments["Poumon G"].SegmentAlgorithmType == "MANUAL"
    assert segments["Poumon G"].RecommendedDisplayCIELabValue
