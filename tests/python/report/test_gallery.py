"""The gallery of masks in a real browser, opened from disk."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest
from playwright.sync_api import expect

from rtstruct.report.gallery import color_of
from rtstruct.report.run import write_report
from support.watched_browser import Watched

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from rtstruct.home import Home


def test_every_mask_has_a_picture_that_shows(looked_at: Home, report: Path, page: Page) -> None:
    with duckdb.connect(str(looked_at.registry), read_only=True) as connection:
        masks = connection.execute("select count(*) from masks").fetchall()[0][0]
    assert masks > 25
    page.goto(f"{report.as_uri()}/masks.html")
    expect(page.locator("#count")).to_contain_text(f"{masks} of {masks} masks")
    assert page.locator(".card img").count() == masks
    page.locator(".card").last.scroll_into_view_if_needed()
    page.locator(".card img").first.evaluate("image => image.decode()")
    assert page.locator(".card img").first.evaluate("image => image.naturalWidth") > 800


def test_masks_are_filtered_and_opened(looked_at: Home, report: Path, page: Page) -> None:
    with duckdb.connect(str(looked_at.registry), read_only=True) as connection:
        lungs = connection.execute(
            "select count(*) from masks where structure = 'Lung'"
        ).fetchall()[0][0]
    assert lungs > 4
    page.goto(f"{report.as_uri()}/masks.html?structure=Lung")
    expect(page.locator("#count")).to_contain_text(f"{lungs} of")
    page.get_by_label("Search").fill("left lung")
    expect(page.locator("#count")).to_contain_text("1 of")
    page.locator(".card").first.focus()
    page.keyboard.press("Enter")
    detail = page.locator("#detail")
    assert "confidence A" in detail.inner_text()
    assert "select * from registry.masks" in detail.inner_text()
    detail.get_by_role("button", name="All of this structure set").click()
    expect(page.locator("#count")).not_to_contain_text("1 of")
    page.get_by_label("contact sheet").check()
    assert "sheet" in (page.locator("#gallery").get_attribute("class") or "")


def test_masks_that_are_odd_are_flagged_and_told(report: Path, page: Page) -> None:
    # By the phantoms' drawings the heart lies in the left lung; another patient lacks a slice.
    page.goto(f"{report.as_uri()}/masks.html?structure=Lung")
    flagged = page.locator(".card", has_text="look before use")
    expect(flagged).to_have_count(3)
    page.get_by_label("Search").fill("Lung_L")
    page.locator(".card", has_text="look before use").first.click()
    expect(page.locator("#detail")).to_contain_text("organs_overlap: 17 % of the smaller one")
    page.goto(f"{report.as_uri()}/findings.html")
    for code, name in (("organs_overlap", "Lung_L"), ("empty_slices", "LUNG LT")):
        section = page.locator(".finding", has=page.get_by_role("heading", name=code))
        expect(section).to_contain_text(name)
        expect(section).to_contain_text("What to do:")


def test_what_has_no_mask_says_why(report: Path, page: Page) -> None:
    page.goto(f"{report.as_uri()}/masks.html")
    section = page.locator("section", has=page.get_by_role("heading", name="No mask, and why"))
    assert "empty_roi" in section.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_gallery_is_accessible_and_fits_a_phone(
    report: Path, browser: Browser, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(
        viewport={"width": 390, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    with context:
        watched = Watched(context)
        watched.page.goto(f"{report.as_uri()}/masks.html")
        watched.page.wait_for_timeout(300)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 390
        watched.check(report.as_uri())
        found = Axe().run(watched.page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_a_picture_is_drawn_once_and_again_when_its_mask_changes(
    looked_at: Home, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    write_report(looked_at, out)
    pictures = sorted(out.rglob("*.svg"))
    before = {path: path.stat().st_mtime_ns for path in pictures}
    gone = next(path for path in pictures if "pictures" in path.parts)
    gone.unlink()
    write_report(looked_at, out)
    assert gone.is_file()
    kept = [path for path in pictures if path != gone and "pictures" in path.parts]
    assert all(path.stat().st_mtime_ns == before[path] for path in kept)


def test_a_mask_whose_file_is_gone_is_told(looked_at: Home, tmp_path: Path) -> None:
    home = type(looked_at)(tmp_path / "copy")
    shutil.copytree(looked_at.root, home.root, ignore=shutil.ignore_patterns("report"))
    with duckdb.connect(str(home.registry), read_only=True) as connection:
        path = connection.execute("select path from masks where ROIName = 'left lung'").fetchall()[
            0
        ][0]
    (home.root / path).unlink()
    report = write_report(home, home.report)
    assert report.problems == ("1 mask has no picture: mask_unreadable",)
    assert "no_picture" in (home.report / "data" / "masks.js").read_text("ascii")


def test_colors_that_cannot_be_seen_are_replaced() -> None:
    assert color_of("228,26,28", 1) == (228, 26, 28)
    for unseen in (None, "", "0,0,0", "red", "1,2", "999,0,0", "10,20,30"):
        assert max(color_of(unseen, 3)) > 90
