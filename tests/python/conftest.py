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


# First, as the runner reads the groups in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share something costly in one process: folders, the road, a module."""
    for item in items:
        if item.path.parent.name in ("engines", "fetch"):
            group = item.path.parent.name
        elif "road" in getattr(item, "fixturenames", ()):
            group = "road"
        else:
            group = item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))
