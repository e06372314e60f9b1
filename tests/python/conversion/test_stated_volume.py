"""The volume that a structure set states of its ROIs, beside that of their masks."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

import pydicom
import pytest
from worker_task import drawn, task_of

from rtstruct.conversion.masks.worker import convert_task
from support.slow_rule import circle

if TYPE_CHECKING:
    from pathlib import Path

# A rod of 6 mm radius on six slices that are 3 mm apart.
ROD = {k: [circle(14, 12, 6)] for k in range(1, 7)}
ROD_ML = pi * 6**2 * 18 / 1000


def notes_with(volume: object, planes: dict, tmp_path: Path) -> list[str]:
    task = task_of(tmp_path, {(1, "rod"): drawn(planes)})
    dataset = pydicom.dcmread(tmp_path / "rt.dcm")
    dataset.StructureSetROISequence[0].ROIVolume = volume
    dataset.save_as(tmp_path / "rt.dcm")
    (tmp_path / "staging").mkdir()
    (outcome,) = convert_task(task, tmp_path / "staging")
    return [note for note in outcome.masks[0].notes if note.startswith("stated_volume_differs")]


@pytest.mark.parametrize(
    "volume",
    [
        f"{ROD_ML:.3f}",
        # Without half a slice at each end, as programs that interpolate between planes have it.
        f"{ROD_ML * 5 / 6:.3f}",
        # In cubic millimetres.
        f"{ROD_ML * 1000:.1f}",
        # Nothing is stated.
        "0",
        "",
    ],
)
def test_a_stated_volume_that_fits_is_no_note(volume: str, tmp_path: Path) -> None:
    assert notes_with(volume, ROD, tmp_path) == []


@pytest.mark.parametrize("times", [0.5, 1.4])
def test_another_stated_volume_is_told(times: float, tmp_path: Path) -> None:
    (note,) = notes_with(f"{ROD_ML * times:.3f}", ROD, tmp_path)
    stated = float(note.removesuffix(" mL").rpartition(" ")[2])
    assert stated == pytest.approx(ROD_ML * times, abs=1e-3)


def test_slices_that_the_program_fills_between_contours_are_told(tmp_path: Path) -> None:
    every_second = {k: ROD[k] for k in (1, 3, 5)}
    assert len(notes_with(f"{ROD_ML:.3f}", every_second, tmp_path)) == 1
