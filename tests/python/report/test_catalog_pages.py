"""The catalog's pages in a real browser, opened from disk."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

import duckdb
import pytest
from playwright.sync_api import expect

from report.conftest import HOSTILE
from rtstruct.report.data_files import columns_of, write_data
from rtstruct.report.run import MARK, write_report

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from rtstruct.home import Home
    from support.watched_browser import Watched

PAGES = (
    *("index.html", "names.html", "structures.html", "structures.html?structure=Lung"),
    *("others.html", "findings.html", "review.html"),
)


def url(report: Path, page: str) -> str:
    return f"{report.as_uri()}/{page}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_and_fits_a_phone(
    report: Path, browser: Browser, name: str, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    from support.watched_browser import Watched

    # axe runs in the page, past its policy; what the page itself loads is under it elsewhere.
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    with context:
        watched = Watched(context)
        watched.page.goto(url(report, name))
        watched.page.wait_for_timeout(300)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 390
        watched.check(report.as_uri())
        # axe itself asks for style sheets, which a page from disk may not.
        found = Axe().run(watched.page).response["violations"]
        serious = [
            (one["id"], [node["failureSummary"] for node in one["nodes"][:3]])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == []


def test_counts_are_those_of_the_catalog_and_show_their_sql(
    looked_at: Home, report: Path, page: Page
) -> None:
    page.goto(url(report, "index.html"))
    with duckdb.connect(str(looked_at.catalog), read_only=True) as connection:
        rois, names = connection.execute(
            "select (select count(*) from rtstruct.rtstruct_rois),"
            " (select count(distinct ROIName) from rtstruct.rtstruct_rois)"
        ).fetchall()[0]
    tiles = page.locator(".tiles")
    assert tiles.get_by_text("ROIs", exact=True).locator("..").locator("dd").inner_text() == str(
        rois
    )
    assert tiles.get_by_text("distinct names").locator("..").locator("dd").inner_text() == str(
        names
    )
    sql = page.locator(".tiles + .sql")
    sql.locator("summary").click()
    assert "count(distinct collection_id)" in sql.locator("pre").inner_text()
    sql.get_by_role("button", name="Copy").click()
    expect(sql.get_by_role("button", name="Copied")).to_be_visible()
    row = page.locator(".matrix tbody tr", has_text="SpinalCord")
    assert row.locator("td").last.inner_text() == "3"


def test_names_are_searched_filtered_sorted_and_explained(report: Path, page: Page) -> None:
    page.goto(url(report, "names.html"))
    shown = page.locator("#grid .tabulator-row")
    count = page.locator("#count")
    page.get_by_label("Search").fill("lung")
    expect(page.locator("#count")).to_contain_text("5 of ")
    assert shown.count() == 5
    page.get_by_label("Side", exact=True).select_option("L")
    expect(page.locator("#count")).to_contain_text("3 of ")
    assert "(2)" in page.get_by_label("Side", exact=True).locator("option[value=R]").inner_text()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#count")).to_contain_text("34 of ")
    page.locator(".tabulator-col-title", has_text="Name").click()
    first = shown.first.locator(".tabulator-cell").first.inner_text()
    assert first == min(page.evaluate("rtstruct.data.names.columns.ROIName"))
    page.get_by_label("Search").fill("Lung_L")
    expect(page.locator("#count")).to_contain_text("1 of ")
    shown.first.locator(".tabulator-cell").first.click()
    detail = page.locator("#detail")
    assert detail.get_by_role("heading").inner_text() == "Lung_L"
    assert "tg263" in detail.inner_text()
    assert count.inner_text().startswith("1 of")


def test_the_table_of_names_works_by_keyboard_alone(report: Path, page: Page) -> None:
    page.goto(url(report, "names.html"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#search").focus()
    page.keyboard.type("spinal")
    expect(page.locator("#count")).to_contain_text("2 of ")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('tabulator-table')"):
            break
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(".tabulator-row.current")
    chosen = page.locator(".tabulator-row.current .tabulator-cell").first.inner_text()
    page.keyboard.press("Enter")
    assert page.locator("#detail h2").inner_text() == chosen
    page.keyboard.press("Escape")
    assert not page.locator("#detail").is_visible()


def test_a_structure_gathers_its_raw_names(looked_at: Home, report: Path, page: Page) -> None:
    with duckdb.connect(str(looked_at.catalog), read_only=True) as connection:
        wanted = {
            name
            for (name,) in connection.execute(
                "select ROIName from rtstruct.roi_name_vocabulary where structure = 'Lung'"
            ).fetchall()
        }
    assert {"Lung_L", "LUNG RT", "left lung"} <= wanted
    page.goto(url(report, "structures.html"))
    page.get_by_label("Search").fill("lun")
    page.locator("#structures tbody tr:visible a").click()
    page.wait_for_selector("#one-names table")
    names = page.locator("#one-names tbody td:first-child").all_inner_texts()
    assert set(names) == wanted


def test_dark_is_chosen_and_kept(report: Path, page: Page) -> None:
    page.goto(url(report, "index.html"))
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate(ground) == "rgb(20, 24, 29)"
    page.goto(url(report, "findings.html"))
    assert page.evaluate(ground) == "rgb(20, 24, 29)"


def test_findings_say_what_to_do(report: Path, page: Page) -> None:
    page.goto(url(report, "findings.html"))
    section = page.locator(".finding", has_text="image_absent")
    assert "What to do:" in section.inner_text()
    assert "`" not in section.inner_text()


def test_hostile_names_are_text_and_nothing_else(report: Path, watched: Watched) -> None:
    page = watched.page
    for name in PAGES:
        page.goto(url(report, name))
        page.wait_for_timeout(100)
        assert page.locator("img[src=x]").count() == 0
    page.goto(url(report, "names.html"))
    cells = page.locator("#grid .tabulator-row .tabulator-cell:first-child")
    texts = cells.all_inner_texts()
    assert HOSTILE[0] in texts
    assert "\\u202egpj.exe <b>bold</b>" in texts
    assert "💥 {{7*7}} ${7*7} 右肺" in texts
    assert any(text.endswith("… (65,000 characters)") for text in texts)


def test_a_policy_forbids_scripts_from_data_on_every_page(report: Path) -> None:
    pages = sorted(report.glob("*.html"))
    assert len(pages) >= 6
    for path in pages:
        text = html.unescape(path.read_text(encoding="utf-8"))
        assert "script-src 'self'; style-src 'self'" in text
        assert "<script>" not in path.read_text(encoding="utf-8")
        assert " style=" not in path.read_text(encoding="utf-8")


def test_patients_have_pseudonyms_unless_asked_for(
    looked_at: Home, report: Path, tmp_path: Path
) -> None:
    with duckdb.connect(str(looked_at.catalog), read_only=True) as connection:
        identifiers = [
            value
            for row in connection.execute(
                "select distinct PatientID, SeriesInstanceUID, StudyInstanceUID"
                " from rtstruct.rtstruct_series"
            ).fetchall()
            for value in row
        ]
    told = {
        value for value in identifiers for path in texts(report) if value in path.read_text("utf-8")
    }
    assert told == set()
    write_report(looked_at, tmp_path / "own", with_identifiers=True)
    assert "CT-PRONE-HOSTILE" in {
        value
        for value in identifiers
        for path in texts(tmp_path / "own")
        if value in path.read_text("utf-8")
    }


def texts(report: Path) -> list[Path]:
    files = [*report.glob("*.html"), *(report / "data").rglob("*.js")]
    return [*files, *report.rglob("pictures/**/*.svg")]


def test_a_folder_that_is_no_report_is_left_alone(looked_at: Home, tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    from rtstruct.errors import UsageError

    with pytest.raises(UsageError, match="no report"):
        write_report(looked_at, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_a_hundred_thousand_names_are_searched_and_sorted_at_once(
    report: Path, browser: Browser, tmp_path: Path
) -> None:
    import shutil

    from support.watched_browser import Watched

    big = tmp_path / "big"
    shutil.copytree(report, big)
    assert (big / MARK).is_file()
    text = (report / "data" / "names.js").read_text("ascii")
    columns = json.loads(text[text.index(",") + 1 : -3])["columns"]
    rows = [
        tuple(
            f"name {k * 7919 % 100_000}"
            if column == "ROIName"
            else {"ROISeriesCount": k % 977, "structure": f"Organ{k % 300}"}.get(column)
            for column in columns
        )
        for k in range(100_000)
    ]
    write_data(big / "data" / "names.js", "names", columns_of(tuple(columns), rows))
    with browser.new_context() as context:
        watched = Watched(context)
        page = watched.page
        page.goto(url(big, "names.html"))
        page.wait_for_selector(".tabulator-row")
        page.locator("#search").fill("name 4242")
        expect(page.locator("#count")).to_contain_text("11 of ")
        page.locator("#search").fill("name 77")
        expect(page.locator("#count")).to_contain_text("1,111 of")
        # However many there are, those in sight are drawn.
        assert page.locator(".tabulator-row").count() < 200
        watched.check(big.as_uri())
