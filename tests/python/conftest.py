"""Fixtures for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture(scope="session")
def shared_dicom() -> Path:
    """Real structure sets and images; they live beside the repository, never in it."""
    folder = SHARED / "dicom"
    if not folder.is_dir():
        pytest.fail(f"this test needs the real DICOM data in {folder}, which is absent")
    return folder
