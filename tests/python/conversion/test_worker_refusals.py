"""What the worker refuses, and what it does with damaged or absent files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydicom.dataset import Dataset

from conversion.worker_task import (
    BALL,
    convert,
    drawn,
    task_of,
)
from rtstruct.conversion.masks.worker import convert_task
from rtstruct.conversion.task import (
    ConversionTask,
    Options,
)
from support.dicom_files import (
    FRAME,
    contour,
    structure_set,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("roi_frame", "listed", "evidence", "is_done"),
    [
        (FRAME, [FRAME], "sop", True),
        ("1.2.3", ["1.2.3"], "sop", False),
        ("1.2.3", ["1.2.3", FRAME], "sop", False),
        ("1.2.3", [FRAME], "frame_of_reference", True),
        (None, [FRAME], "frame_of_reference", True),
        (None, [], "sop", True),
        (None, [], "frame_of_reference", False),
    ],
    ids=["same", "other", "another listed", "not listed", "none", "none at all", "only guessed"],
)
def test_the_frame_of_reference_must_be_the_image_s(
    tmp_path: Path, roi_frame: str | None, listed: list[str], evidence: str, is_done: bool
) -> None:
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)}, evidence=evidence)
    dataset = structure_set({(1, "ball"): drawn(BALL)})
    del dataset.ReferencedFrameOfReferenceSequence, dataset.FrameOfReferenceUID
    references = []
    for uid in listed:
        item = Dataset()
        item.FrameOfReferenceUID = uid
        references.append(item)
    dataset.ReferencedFrameOfReferenceSequence = references
    dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = roi_frame
    dataset.save_as(tmp_path / "rt.dcm")
    outcome = convert(task, tmp_path)
    assert outcome.status == ("done" if is_done else "failed")
    assert outcome.error_code == (None if is_done else "frame_of_reference_mismatch")


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda data: data[: len(data) // 2], "truncated_file"),
        (lambda data: b"not DICOM at all", "not_dicom"),
        (lambda data: data.replace(b"481.3\0", b"481.2\0"), "not_a_structure_set"),
    ],
)
def test_a_bad_structure_set_fails_alone_in_one_line(
    tmp_path: Path, damage: Callable[[bytes], bytes], code: str
) -> None:
    good = task_of(tmp_path / "good", {(1, "ball"): drawn(BALL)})
    bad = task_of(tmp_path / "bad", {(1, "ball"): drawn(BALL)})
    file = tmp_path / "bad" / "rt.dcm"
    file.write_bytes(damage(file.read_bytes()))
    both = ConversionTask(
        None,
        None,
        good.image,
        good.image_files,
        (*bad.structure_sets, *good.structure_sets),
        Options(),
    )
    first, second = convert_task(both, tmp_path / "out")
    assert (first.status, first.error_code, second.status) == ("failed", code, "done")
    assert str(file) in str(first.message)
    assert "\n" not in str(first.message)


def test_a_structure_set_that_is_gone_fails(tmp_path: Path) -> None:
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)})
    (tmp_path / "rt.dcm").unlink()
    outcome = convert(task, tmp_path)
    assert (outcome.status, outcome.error_code) == ("failed", "unreadable_file")


def test_a_series_without_images_fails_for_every_structure_set(tmp_path: Path) -> None:
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)}, files=[(str(tmp_path / "gone"), None)])
    outcome = convert(task, tmp_path)
    assert (outcome.status, outcome.error_code) == ("failed", "no_images")


def test_a_roi_that_the_file_does_not_have_is_told(tmp_path: Path) -> None:
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL), (2, "ghost"): drawn(BALL)})
    structure_set({(1, "ball"): drawn(BALL)}).save_as(tmp_path / "rt.dcm")
    outcome = convert(task, tmp_path)
    assert [mask.ROINumber for mask in outcome.masks] == [1]
    assert [failure.error_code for failure in outcome.failures] == ["roi_absent"]


def test_contours_without_points_are_told(tmp_path: Path) -> None:
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL), (2, "hollow"): [contour(np.empty((0, 3)))]})
    (failure,) = convert(task, tmp_path).failures
    assert failure.error_code == "no_usable_contour"
    assert failure.message.endswith("no points")
