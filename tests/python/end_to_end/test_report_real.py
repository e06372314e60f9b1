"""The report of real structure sets: CT, oblique MR, PET and a phantom of another clinic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from rtstruct.home import Home
from rtstruct.report.run import write_report
from support.watched_browser import Watched

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from end_to_end.conftest import Road


def test_every_real_mask_has_its_picture_and_every_page_opens(
    road: Road, browser: Browser, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    report = write_report(Home(road.home), out)
    assert report.problems == ()
    masks = road.registry("select count(*) as n from masks")[0]["n"]
    assert report.pictures == masks > 20
    with browser.new_context() as context:
        watched = Watched(context)
        for page in sorted(out.glob("*.html")):
            watched.page.goto(page.as_uri())
        watched.page.goto((out / "masks.html").as_uri())
        expect(watched.page.locator("#count")).to_contain_text(f"{masks} of")
        first = watched.page.locator(".card img").first
        first.evaluate("image => image.decode()")
        assert first.evaluate("image => image.naturalWidth") > 800
        watched.check(out.as_uri())
