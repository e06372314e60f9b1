"""What can go wrong between a user and BigQuery is told in one line that says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from engines.conftest import PROFILES
from rtstruct.catalog.build import build
from rtstruct.home import Home

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from engines.emulator import Emulator


def test_no_credentials(tmp_path: Path) -> None:
    # Neither a signed-in user, nor a machine in Google's cloud.
    environment = {key: value for key, value in os.environ.items() if "GOOGLE" not in key}
    environment |= {"HOME": str(tmp_path), "NO_GCE_CHECK": "true", "RTSTRUCT_HOME": str(tmp_path)}

    ended = subprocess.run(
        [sys.executable, "-m", "rtstruct", "build", "--target", "bigquery", "--source", "idc"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert "credentials were not found" in ended.stderr
    assert "gcloud auth application-default login" in ended.stderr


def test_unknown_idc_dataset(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIGQUERY_ENDPOINT", emulator.url)

    result = build(
        Home(tmp_path),
        target="bigquery",
        source="idc",
        variables={"idc_dataset": "idc_v0"},
        options=("--profiles-dir", str(PROFILES), "--select", "stg_dicom_all"),
    )

    (problem,) = result.problems
    assert "\n" not in problem
    assert "idc_v0" in problem
    assert "idc_dataset" in problem
