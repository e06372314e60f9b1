"""`convert --statistics`: what the image is inside each mask, against plain Python."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK

from conversion.worker_task import convert, drawn, origins_of, task_of
from rtstruct.conversion.task import Options
from rtstruct.errors import UsageError
from support.stored_images import BALL, STORED, write_images

if TYPE_CHECKING:
    from pathlib import Path

ROIS = {(1, "ball"): drawn(BALL)}


def values_by_slice(mask_file: Path, slope: float) -> dict[int, list[float]]:
    """Of stored numbers, voxel for voxel."""
    mask = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(mask_file)))
    found: dict[int, list[float]] = {}
    for k, row, column in np.argwhere(mask).tolist():
        found.setdefault(k, []).append(float(STORED[k, row, column]) * slope - 1024)
    return found


@pytest.mark.parametrize("slope", ["1", "0.25"])
def test_they_are_those_of_the_voxels_in_the_file(tmp_path: Path, slope: str) -> None:
    files = write_images(tmp_path / "ct", slope=slope)
    outcome = convert(
        task_of(tmp_path, ROIS, files=files, options=Options(statistics=True)), tmp_path
    )
    (mask,) = outcome.masks
    found = mask.statistics
    assert found is not None
    slices = values_by_slice(tmp_path / mask.path, float(slope)).values()
    values = [value for each in slices for value in each]
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    assert found.image_voxel_count == mask.voxel_count == len(values)
    assert found.image_mean == pytest.approx(statistics.fmean(values))
    assert found.image_SD == pytest.approx(statistics.pstdev(values))
    assert (found.image_min, found.image_max) == (min(values), max(values))
    percentiles = [
        *(found.image_P05, found.image_P25, found.image_P50, found.image_P75, found.image_P95)
    ]
    assert percentiles == pytest.approx([cuts[n - 1] for n in (5, 25, 50, 75, 95)])


def test_a_slice_without_an_image_does_not_count(tmp_path: Path) -> None:
    files = write_images(tmp_path / "ct")
    # The image of slice 3: its file's name follows write_images.
    lost = tmp_path / "ct" / f"{(3 * 5) % len(origins_of())}.dcm"
    lost.unlink()
    files = [file for file in files if file[0] != str(lost)]
    outcome = convert(
        task_of(tmp_path, ROIS, files=files, options=Options(statistics=True)), tmp_path
    )
    (mask,) = outcome.masks
    assert mask.statistics is not None
    slices = values_by_slice(tmp_path / mask.path, 1)
    values = [value for k, each in slices.items() if k != 3 for value in each]
    assert mask.statistics.image_voxel_count == len(values) < mask.voxel_count
    assert mask.statistics.image_mean == pytest.approx(statistics.fmean(values))
    assert mask.statistics.image_min == min(values)


def test_none_are_made_unless_asked_for_and_none_of_resampled_voxels(tmp_path: Path) -> None:
    files = write_images(tmp_path / "ct")
    (mask,) = convert(task_of(tmp_path, ROIS, files=files), tmp_path).masks
    assert mask.statistics is None
    with pytest.raises(UsageError, match="resampled"):
        Options(statistics=True, resample=(1, 1, 1))
