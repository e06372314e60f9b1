"""A home with hostile names whose road is done, its report, and a real browser to look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pydicom
import pytest

from rtstruct import demo
from rtstruct.report.run import write_report
from support.watched_browser import Watched, browser

__all__ = ["browser"]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from rtstruct.home import Home

HOSTILE = (
    "<script>window.hacked=1</script>",
    '"><img src=x onerror="window.hacked=1">',
    "\u202egpj.exe <b>bold</b>",
    "</script><script>window.hacked=1//",
    "💥 {{7*7}} ${7*7} 右肺",
    "A" * 65_000,
)
PATIENT_ID = "CT-FRENCH"


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The phantom cohort, one patient's names replaced by hostile ones; all ROIs converted."""
    home = demo.open_folder(tmp_path_factory.mktemp("see") / "a home")
    demo.make_phantoms(home)
    for path in (home.root / "phantom_cohort" / PATIENT_ID).rglob("*"):
        if path.is_file() and (dataset := pydicom.dcmread(path)).Modality == "RTSTRUCT":
            for item, name in zip(dataset.StructureSetROISequence, HOSTILE, strict=False):
                # LO holds 64 characters by the standard, and whatever the writer liked in truth.
                item.add(pydicom.DataElement(0x30060026, "UT", name))
            dataset.SpecificCharacterSet = "ISO_IR 192"
            dataset.save_as(path)
    demo.index(home)
    demo.build(home)
    demo.convert(home)
    # Masks are judged by the build that follows.
    demo.build(home)
    return home


@pytest.fixture(scope="session")
def report(looked_at: Home) -> Path:
    """The folder of its report."""
    assert write_report(looked_at, looked_at.report).problems == ()
    return looked_at.report


@pytest.fixture
def watched(browser: Browser, report: Path) -> Iterator[Watched]:
    """A page on the report, opened from disk."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        watched = Watched(context)
        yield watched
        watched.check(report.as_uri())


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.page
