"""Fixtures for every test."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from support.real_data import real_data

# A shell lets what it starts in the background, and all that this starts, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = Path(__file__).resolve().parents[3] / "shared"

# What takes seconds to make and many tests of a folder look at: one process makes it, once.
COSTLY = {
    "road": "end_to_end",
    "odd_home": "catalog",
    "idc_home": "catalog",
    "phantom_home": "catalog",
    "looked_at": "report",
    "guide": "library",
}
# Folders whose tests share almost all.
TOGETHER = ("engines", "fetch")
# Where the longest groups are: they begin first, so that none is left alone at the end.
LONG = ("engines", "end_to_end", "fetch", "conversion", "catalog", "report", "library")


@pytest.fixture(scope="session")
def shared_dicom() -> Path:
    """Real structure sets and images."""
    return real_data(SHARED / "dicom", os.environ)


# First, as the runner reads the groups in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests on real data; keep tests that share something costly in one process."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "shared_dicom" in fixtures:
            item.add_marker(pytest.mark.real_data)
        folder = item.path.parent.name
        costly = (name for name, of in COSTLY.items() if of == folder and name in fixtures)
        group = folder if folder in TOGETHER else next(costly, item.path.stem)
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    folder = item.path.parent.name
    return LONG.index(folder) if folder in LONG else len(LONG)
