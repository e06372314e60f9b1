"""What nobody foresaw, and what memory does not suffice for, costs one item alone."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest

from conversion.worker_task import BALL, drawn, task_of
from rtstruct.conversion.masks import combined_file, roi, worker
from rtstruct.conversion.masks.worker import convert_task
from rtstruct.conversion.task import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UNFORESEEN = [
    (MemoryError(), "out_of_memory", "takes more memory than there is"),
    (AttributeError("no such\nthing \x1b"), "conversion_error", "AttributeError: no such thing"),
    (RuntimeError("x" * 9999), "conversion_error", "RuntimeError: xxx"),
    (RecursionError("too deep"), "conversion_error", "RecursionError: too deep"),
]


def raising(error: Exception, when: Callable[..., bool], real: Callable[..., Any]) -> Any:
    def stand_in(*arguments: Any, **more: Any) -> Any:
        if when(*arguments):
            raise error
        return real(*arguments, **more)

    return stand_in


@pytest.mark.parametrize(("error", "code", "said"), UNFORESEEN)
def test_one_roi_costs_that_roi_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str, said: str
) -> None:
    three = {(number, f"ball {number}"): drawn(BALL) for number in (1, 2, 3)}
    task = task_of(tmp_path, three)
    real = roi._convert
    is_second = lambda selected, context: selected.ROINumber == 2  # noqa: E731
    monkeypatch.setattr(roi, "_convert", raising(error, is_second, real))
    (outcome,) = convert_task(task, tmp_path / "staging")
    assert [mask.ROINumber for mask in outcome.masks] == [1, 3]
    (failure,) = outcome.failures
    assert (failure.ROINumber, failure.error_code) == (2, code)
    assert said in failure.message
    assert "\n" not in failure.message
    assert len(failure.message) < 500
    assert outcome.status == "partial"


@pytest.mark.parametrize(("error", "code", "said"), UNFORESEEN)
@pytest.mark.parametrize(
    ("module", "name", "options"),
    [
        (worker, "read_stacks", Options()),
        (worker, "read_context", Options()),
        (worker, "overlaps", Options()),
        (combined_file, "write_combined_file", Options(layout="labelmap")),
        (combined_file, "write_combined_file", Options(format="seg")),
    ],
    ids=["image series", "structure set", "overlaps", "label map", "segmentation"],
)
def test_what_is_shared_costs_that_structure_set_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: str,
    said: str,
    module: Any,
    name: str,
    options: Options,
) -> None:
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)}, options=options)
    monkeypatch.setattr(module, name, raising(error, lambda *_: True, getattr(module, name)))
    (outcome,) = convert_task(task, tmp_path / "staging")
    assert (outcome.status, outcome.error_code) == ("failed", code)
    assert said in str(outcome.message)
    assert not outcome.masks


def test_a_folder_that_fails_is_no_fault_of_the_roi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next ROI would fail as well: the run ends, and says why."""
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)})
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(roi, "write_mask", raising(full, lambda *_: True, roi.write_mask))
    with pytest.raises(OSError, match="No space"):
        convert_task(task, tmp_path / "staging")
