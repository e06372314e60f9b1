"""A home with hostile names whose road is done, its report, and a real browser to look at it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pydicom
import pytest

from rtstruct import demo
from rtstruct.report.run import write_report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from rtstruct.home import Home

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    "--enable-unsafe-swiftshader",
)
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
    return home


@pytest.fixture(scope="session")
def report(looked_at: Home) -> Path:
    """The folder of its report."""
    assert write_report(looked_at, looked_at.report).problems == ()
    return looked_at.report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


class Watched:
    """A browser's page on which nothing may go wrong and nothing may leave the origin."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def check(self, *origins: str) -> None:
        """No error, no script of a name that ran, no request to anywhere else."""
        assert self.complaints == []
        assert self.page.evaluate("window.hacked") is None
        outside = [
            url
            for url in self.requests
            if urlsplit(url).scheme not in ("data", "blob") and not url.startswith(origins)
        ]
        assert outside == []


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
