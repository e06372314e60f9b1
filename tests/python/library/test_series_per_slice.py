"""Slices that each have a series of their own, read without a home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import rtstruct
from conversion.worker_task import BALL, BALL_MASK, SLICES, drawn, origins_of
from rtstruct.errors import RtstructError
from rtstruct.phantom.identity import phantom_uid
from support.dicom_files import slice_of, structure_set

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, **changes: object) -> None:
    folder.mkdir()
    for k, origin in enumerate(origins_of()):
        image = slice_of(origin, SeriesInstanceUID=phantom_uid("per slice", str(k)), **changes)
        image.save_as(folder / f"{k}.dcm")


def test_slices_with_a_series_each_are_one_image(tmp_path: Path) -> None:
    write(tmp_path / "ct")
    image = rtstruct.read_image_series(tmp_path / "ct")
    assert image.SeriesInstanceUID == min(phantom_uid("per slice", str(k)) for k in range(SLICES))
    assert len(image.files) == SLICES
    structure_set({(1, "ball"): drawn(BALL)}).save_as(tmp_path / "rt.dcm")
    mask = rtstruct.read_structure_set(tmp_path / "rt.dcm").roi("ball").mask(image)
    assert np.array_equal(mask.array, BALL_MASK)


def test_two_series_are_not(tmp_path: Path) -> None:
    write(tmp_path / "ct")
    other = slice_of(np.array([0, 0, 999.0]), SeriesInstanceUID=phantom_uid("per slice", "0"))
    other.save_as(tmp_path / "ct" / "other.dcm")
    with pytest.raises(RtstructError) as raised:
        rtstruct.read_image_series(tmp_path / "ct")
    assert raised.value.code == "several_series"
