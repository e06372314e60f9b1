"""Masks on voxels of another size: what no affine could say of the image becomes true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from conversion.worker_task import (
    BALL,
    CORNER,
    SLICES,
    convert,
    drawn,
    image_of,
    origins_of,
    task_of,
)
from rtstruct.conversion.task import Options
from support.dicom_files import contour, write_series
from support.slow_rule import box

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset


def column_of(origins: np.ndarray) -> list[Dataset]:
    """The same square in millimetres, upright through all slices: x 5.5 to 13.5, y 8.5 to 17.5."""
    square = box(5.5, 8.5, 13.5, 17.5) + CORNER[:2]
    return [contour(np.column_stack([square, np.full(4, z)])) for z in origins[:, 2]]


@pytest.mark.parametrize("kind", ["irregular", "tilted"])
def test_a_column_comes_out_upright_and_whole(tmp_path: Path, kind: str) -> None:
    origins = origins_of()
    origins[:, 2] += [0, 0, 1, 0, 0.5, 0, 0, 0] if kind == "irregular" else 0
    origins[:, 1] += np.arange(SLICES) * 0.5 if kind == "tilted" else 0
    files = write_series(tmp_path / "ct", origins)
    options = Options(resample=(0.5, 0.5, 1.5))
    task = task_of(tmp_path, {(1, "column"): column_of(origins)}, files=files, options=options)
    outcome = convert(task, tmp_path)
    (mask,) = outcome.masks
    assert outcome.status == "done"
    assert mask.notes == ("resampled: voxels of 0.5 x 0.5 x 1.5 mm",)
    image = image_of(outcome, tmp_path, 1)
    assert image.GetSpacing() == pytest.approx((0.5, 0.5, 1.5))
    assert mask.bounding_box_ijk is not None
    first, last = mask.bounding_box_ijk[:3], mask.bounding_box_ijk[3:]
    half = np.array([0.25, 0.25, 0.75])
    low = np.array(image.TransformIndexToPhysicalPoint(first)) - half - CORNER
    high = np.array(image.TransformIndexToPhysicalPoint(last)) + half - CORNER
    # NIfTI holds positions in single precision.
    assert low == pytest.approx([5.5, 8.5, -1.5], abs=1e-4)
    assert high == pytest.approx([13.5, 17.5, 22.5], abs=1e-4)
    assert mask.mask_volume_mL == pytest.approx(8 * 9 * 24 / 1000)
    assert mask.contour_volume_mL == pytest.approx(8 * 9 * 24 / 1000)


def test_a_traced_mask_keeps_its_voxels(tmp_path: Path) -> None:
    traced = {k: [np.array([[4, 3], [20, 3], [20, 12], [4, 12]], float)] for k in range(2, 6)}
    task = task_of(
        tmp_path, {(1, "traced"): drawn(traced)}, options=Options(resample=(0.5, 0.5, 0.5))
    )
    (mask,) = convert(task, tmp_path).masks
    slices, columns, rows = 4 * 6, 17 * 2, 10 * 2
    assert mask.voxel_count == slices * columns * rows
    assert mask.notes[0].startswith("resampled: ")
    assert mask.notes[1].startswith("boundary_inclusive: 100.0%")


def test_too_fine_a_grid_fails_with_what_to_do(tmp_path: Path) -> None:
    task = task_of(
        tmp_path, {(1, "ball"): drawn(BALL)}, options=Options(resample=(0.001, 0.001, 0.001))
    )
    outcome = convert(task, tmp_path)
    assert (outcome.status, outcome.error_code) == ("failed", "too_many_voxels")
