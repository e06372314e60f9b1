"""Killed in the middle and run again: the same registry and files as if nothing had happened."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from end_to_end.conftest import Road

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 120


def outcome(road: Road) -> dict[str, Any]:
    """All that must not depend on when and how often the work was stopped."""
    columns = "SOPInstanceUID, referenced_SeriesInstanceUID"
    masks = road.registry(f"select {columns}, ROINumber, path, sha256 from masks")
    return {
        "masks": {
            (*row.values(),): str(road.file(path).relative_to(road.home))
            for row in masks
            for path in [row.pop("path")]
        },
        "conversions": {
            (*row.values(),)
            for row in road.registry(f"select {columns}, status, error_code from conversions")
        },
        "points": sorted(
            str(row) for row in road.registry(f"select {columns}, x_mm, y_mm, z_mm from points")
        ),
        "failures": {
            (*row.values(),)
            for row in road.registry(f"select {columns}, ROINumber, error_code from roi_failures")
        },
        "files": sorted(
            str(path.relative_to(road.home)) for path in road.masks.rglob("*") if path.is_file()
        ),
    }


@pytest.mark.parametrize("masks_before_the_kill", [0, 3])
def test_killed_and_run_again_ends_as_if_undisturbed(
    road: Road, tmp_path: Path, masks_before_the_kill: int
) -> None:
    interrupted = Road(tmp_path)
    for name in ("dicom_all.parquet", "catalog.duckdb"):
        shutil.copy(road.home / name, tmp_path / name)
    process = subprocess.Popen(
        interrupted.command("convert", "--where", "true", "--out", str(interrupted.masks)),
        env=interrupted.environment,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    started = time.monotonic()
    while process.poll() is None and time.monotonic() - started < PATIENCE_S:
        if len(list(tmp_path.rglob("*.nii.gz"))) > masks_before_the_kill:
            break
        time.sleep(0.005)
    assert process.poll() is None, "it ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    again = interrupted.convert()
    assert "Traceback" not in again.stderr
    assert again.returncode == road.exit_codes["convert"]
    assert outcome(interrupted) == outcome(road)
