"""Fixtures for every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.real_data import real_data

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture(scope="session")
def shared_dicom() -> Path:
    """Real structure sets and images."""
    return real_data(SHARED / "dicom", os.environ)


# First, as the runner reads the groups in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests on real data; keep tests that share something costly in one process."""
    for item in items:
        if "shared_dicom" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real_data)
        if item.path.parent.name in ("engines", "fetch"):
            group = item.path.parent.name
        elif "phantom_home" in getattr(item, "fixturenames", ()):
            group = "phantom_home"
        elif "road" in getattr(item, "fixturenames", ()):
            group = "road"
        else:
            group = item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))
