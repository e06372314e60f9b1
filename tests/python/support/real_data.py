"""Real structure sets and images; they live beside the repository, never in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# What `.ci/run` sets: there tests on real data must run.
REQUIRED = "RTSTRUCT_REAL_DATA"


def real_data(folder: Path, environment: Mapping[str, str]) -> Path:
    """The folder; where it is absent, what asks for it is skipped, or fails if it is required."""
    if folder.is_dir():
        return folder
    if environment.get(REQUIRED) == "required":
        pytest.fail(f"the real DICOM data must be in {folder}, which is absent", pytrace=False)
    # One place for all, so that pytest counts them in one line.
    pytest.skip(f"tests on real DICOM data, which is not in {folder}")
