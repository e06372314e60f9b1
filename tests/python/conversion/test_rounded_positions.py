"""Positions that do not tell of which slice contours are, where the images named do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from conversion.worker_task import convert, task_of, voxels_of
from support.dicom_files import contour, decimals, files_in, slice_of
from support.slow_rule import circle, volume

if TYPE_CHECKING:
    from pathlib import Path

ROWS, COLUMNS, SLICES = 26, 30, 40
FIRST_MM = -17.3
DRAWN = range(4, 36)
"""A cone: each contour lies inside the next one."""


def write(folder: Path, step: float) -> list[str]:
    """SOPInstanceUIDs of slices in order."""
    (folder / "ct").mkdir(parents=True)
    made = []
    for k in range(SLICES):
        image = slice_of(np.array([0, 0, FIRST_MM + step * k]), SliceThickness=str(step))
        image.ImagePositionPatient = decimals([0, 0, round(FIRST_MM + step * k, 4)])
        image.save_as(folder / "ct" / f"{k}.dcm")
        made.append(str(image.SOPInstanceUID))
    return made


def outline(k: int) -> np.ndarray:
    return circle(14, 12, 1 + 0.3 * k, 60)


def drawn(step: float, places: int, named: list[str] | None) -> list[Dataset]:
    found = []
    for k in DRAWN:
        height = round(FIRST_MM + step * k, places)
        item = contour(np.column_stack([outline(k), np.full(60, height)]))
        if named:
            reference = Dataset()
            reference.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
            reference.ReferencedSOPInstanceUID = named[k]
            item.ContourImageSequence = Sequence([reference])
        found.append(item)
    return found


@pytest.mark.parametrize(("step", "places"), [(0.6, 0), (0.75, 0), (0.4, 0), (0.06, 1), (0.6, 1)])
def test_the_images_named_tell_contours_of_one_rounded_plane_apart(
    tmp_path: Path, step: float, places: int
) -> None:
    named = write(tmp_path, step)
    rois: dict[tuple[int, str], list[Dataset] | None] = {(1, "cone"): drawn(step, places, named)}
    task = task_of(tmp_path, rois, files=files_in(tmp_path / "ct"))
    outcome = convert(task, tmp_path)
    expected = volume({k: [outline(k)] for k in DRAWN}, (SLICES, ROWS, COLUMNS))
    assert np.array_equal(voxels_of(outcome, tmp_path, 1), expected)
    (mask,) = outcome.masks
    notes = {note.partition(":")[0] for note in mask.notes}
    assert notes <= {"off_slices", "clipped"}
    area = 0.5 * 60 * np.sin(2 * np.pi / 60)
    volume_mL = sum(area * (1 + 0.3 * k) ** 2 * step / 1000 for k in DRAWN)
    assert mask.contour_volume_mL == pytest.approx(volume_mL, rel=0.01)


def test_without_names_it_is_told(tmp_path: Path) -> None:
    write(tmp_path, 0.75)
    rois: dict[tuple[int, str], list[Dataset] | None] = {(1, "cone"): drawn(0.75, 0, None)}
    task = task_of(tmp_path, rois, files=files_in(tmp_path / "ct"))
    (mask,) = convert(task, tmp_path).masks
    codes = {note.partition(":")[0] for note in mask.notes}
    assert codes & {"moved", "volume_lost", "volume_differs"}


def test_a_wrong_name_moves_nothing(tmp_path: Path) -> None:
    # Contours on their slices; one names the next image but one, as does another on its plane.
    named = write(tmp_path, 0.6)
    items = drawn(0.6, 4, named)
    items[3].ContourImageSequence[0].ReferencedSOPInstanceUID = named[DRAWN[5]]
    rois: dict[tuple[int, str], list[Dataset] | None] = {(1, "cone"): items}
    outcome = convert(task_of(tmp_path, rois, files=files_in(tmp_path / "ct")), tmp_path)
    expected = volume({k: [outline(k)] for k in DRAWN}, (SLICES, ROWS, COLUMNS))
    assert np.array_equal(voxels_of(outcome, tmp_path, 1), expected)
    assert any(note.startswith("image_position_differs") for note in outcome.masks[0].notes)


@pytest.mark.parametrize("offset", [-0.53, -0.5, -0.47, 0.47, 0.5, 0.53])
def test_half_way_between_slices_the_images_named_decide(tmp_path: Path, offset: float) -> None:
    named = write(tmp_path, 1.5)
    items = drawn(1.5, 4, named)
    for item in items:
        points = np.array([float(value) for value in item.ContourData]).reshape(-1, 3)
        points[:, 2] += offset * 1.5
        item.ContourData = decimals(points.ravel())
    rois: dict[tuple[int, str], list[Dataset] | None] = {(1, "cone"): items}
    outcome = convert(task_of(tmp_path, rois, files=files_in(tmp_path / "ct")), tmp_path)
    expected = volume({k: [outline(k)] for k in DRAWN}, (SLICES, ROWS, COLUMNS))
    assert np.array_equal(voxels_of(outcome, tmp_path, 1), expected)
    assert [note.partition(":")[0] for note in outcome.masks[0].notes] == ["moved"]


def test_a_slice_or_more_off_is_told_and_not_moved(tmp_path: Path) -> None:
    named = write(tmp_path, 1.5)
    items = drawn(1.5, 4, named)
    for k, item in zip(DRAWN, items, strict=True):
        item.ContourImageSequence[0].ReferencedSOPInstanceUID = named[k + 1]
    rois: dict[tuple[int, str], list[Dataset] | None] = {(1, "cone"): items}
    outcome = convert(task_of(tmp_path, rois, files=files_in(tmp_path / "ct")), tmp_path)
    expected = volume({k: [outline(k)] for k in DRAWN}, (SLICES, ROWS, COLUMNS))
    assert np.array_equal(voxels_of(outcome, tmp_path, 1), expected)
    assert outcome.masks[0].notes[0].startswith("image_position_differs: ")
