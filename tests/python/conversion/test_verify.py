"""`rtstruct verify`: our masks beside Plastimatch's, on structures whose difference is known."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversion.worker_task import (
    BALL,
    BALL_MASK,
    ROIs,
    convert,
    drawn,
    origins_of,
    task_of,
    voxels_of,
)
from rtstruct.conversion.compare.verify import verify_task
from rtstruct.conversion.task import Options
from rtstruct.geometry.spans import from_array
from rtstruct.home import Home
from support.command import Command
from support.dicom_files import write_series
from support.phantoms import phantoms
from support.slow_rule import box, circle, volume
from support.workspace import Road, Sketch, write_catalog

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.conversion.task import ConversionTask


def case(folder: Path, rois: ROIs) -> ConversionTask:
    """A task whose images have pixels that others can read."""
    pixels = {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsStored": 16,
        "HighBit": 15,
        "RescaleSlope": "1",
        "RescaleIntercept": "0",
        "StudyInstanceUID": "1.2.3",
    }
    return task_of(folder, rois, files=write_series(folder / "ct", origins_of(), **pixels))


@given(seed=st.integers(0, 9999), share=st.sampled_from([0, 0.2, 0.7, 1]))
def test_runs_of_an_array_give_it_back(seed: int, share: float) -> None:
    mask = np.random.default_rng(seed).random((3, 4, 7)) < share
    runs = from_array(mask)
    assert np.array_equal(runs.to_array(), mask)
    assert (runs.starts // 7 == (runs.ends - 1) // 7).all()


def test_drawn_structures_agree_whatever_their_names(tmp_path: Path) -> None:
    ring = {k: [circle(14.2, 12.1, 9), circle(14.2, 12.1, 5)] for k in range(1, 7)}
    rois: ROIs = {
        (3, "../../evil"): drawn(BALL),
        (4, "same name"): drawn(ring),
        (5, "same name"): drawn({3: [circle(9.3, 9.4, 4)]}),
        (6, ""): [],
    }
    found = list(verify_task(case(tmp_path / "case", rois)))
    assert [(each.ROINumber, each.ROIName, each.verdict) for each in found] == [
        (3, "../../evil", "agrees"),
        (4, "same name", "agrees"),
        (5, "same name", "agrees"),
    ]
    assert found[0].plastimatch_volume_mL == pytest.approx(BALL_MASK.sum() * 3e-3)
    assert found[0].hausdorff_95_mm == 0
    assert not list(tmp_path.glob("*evil*"))


def test_differences_are_measured_and_explained(tmp_path: Path) -> None:
    # So little off the voxel centres that it was traced, enough that rounding decides nothing.
    planes = {k: [box(4, 3, 20, 12) + 0.005] for k in range(2, 6)}
    (traced,) = verify_task(case(tmp_path / "traced", {(1, "traced"): drawn(planes)}))
    # With its outline the box is 17 x 10 voxels, half-open it is 16 x 9, on each of 4 slices.
    assert traced.differing_voxels == 4 * (17 * 10 - 16 * 9)
    assert traced.dice == pytest.approx(2 * 144 / (170 + 144), abs=1e-6)
    assert traced.hausdorff_95_mm == pytest.approx(1)
    assert traced.verdict == "explained"
    assert "inclusive" in str(traced.explanation)
    ring = {k: [circle(14, 12, 9), circle(14, 12, 5)] for k in range(2, 6)}
    xor = drawn(ring, geometric_type="CLOSEDPLANAR_XOR")
    (other,) = verify_task(case(tmp_path / "xor", {(1, "xor"): xor}))
    assert other.verdict == "explained"
    assert "CLOSEDPLANAR_XOR" in str(other.explanation)
    assert other.volume_mL == pytest.approx(volume(ring, (8, 26, 30)).sum() * 3e-3)


def test_ties_explain_what_differs_and_nothing_else_does(tmp_path: Path) -> None:
    rois: ROIs = {
        (1, "box on voxel centres"): drawn({k: [box(4, 5, 14, 13)] for k in range(1, 7)}),
        (2, "diamond"): drawn(
            {k: [np.array([[10, 4], [16, 10], [10, 16], [4, 10]], float)] for k in range(1, 7)}
        ),
        (3, "body"): drawn({k: [circle(14.3, 12.7, 11.2, 300)] for k in range(1, 7)}),
    }
    task = case(tmp_path / "case", rois)
    first, second, third = verify_task(task)
    for each in (first, second):
        assert each.dice is not None
        assert each.dice < 0.99
        assert each.verdict == "explained"
        assert each.explanation == "all voxels that differ have their centres on contour lines"
    assert (third.verdict, third.explanation) == ("agrees", None)


def test_a_file_that_is_gone_fails_and_the_others_are_compared(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    first, second = phantoms(tmp_path / "dicom", 2)
    gone = Sketch(**{**vars(first), "file_path": str(tmp_path / "gone.dcm")})
    write_catalog(home, [gone, second])
    code, output, messages = Command(home).run("verify", "--where", "true", "--json")
    rows = json.loads(output)
    assert code == 1
    assert [(row["ROIName"], row["verdict"]) for row in rows if row["PatientID"] == "P1"] == [
        ("Lung [L]", "agrees")
    ]
    assert {row["verdict"] for row in rows if row["PatientID"] == "P0"} == {"failed"}
    assert "1 agrees" in messages
    assert not (home.root / "registry.duckdb").exists()
    assert Command(home).run("verify", "--where", "PatientID = 'P1'")[0] == 0


def test_plastimatch_as_the_engine_of_a_conversion(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    write_catalog(home, phantoms(tmp_path / "dicom", 2))
    command, road = Command(home), Road(home)
    command.run("convert", "--where", "true", "--engine", "plastimatch", "--workers", "1")
    rows = road.sql("select ROIName, notes, mask_volume_mL from masks")
    assert [row[:2] for row in rows] == [("Lung [L]", ["engine: plastimatch --xor-contours"])] * 2
    assert rows[0][2] == pytest.approx(4 / 3 * math.pi * 0.8**3, rel=0.05)
    assert road.sql("select distinct error_code from roi_failures") == [("empty_roi",)]


def test_what_plastimatch_leaves_out_fails_and_is_said(tmp_path: Path) -> None:
    ring = {k: [circle(14, 12, 9), circle(14, 12, 5)] for k in range(2, 6)}
    rois: ROIs = {
        (1, "xor"): drawn(ring, geometric_type="CLOSEDPLANAR_XOR"),
        (2, "ball"): drawn(BALL),
    }
    task = replace(case(tmp_path / "case", rois), options=Options(engine="plastimatch"))
    outcome = convert(task, tmp_path / "out")
    assert np.array_equal(voxels_of(outcome, tmp_path / "out", 2), BALL_MASK)
    assert outcome.status == "partial"
    assert [(each.ROINumber, each.error_code) for each in outcome.failures] == [
        (1, "plastimatch_no_mask")
    ]
