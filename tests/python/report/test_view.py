"""The pages served: a viewer, SQL, and nothing for anybody else."""

from __future__ import annotations

import http.client
import signal
import threading
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import duckdb
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from rtstruct.errors import UsageError
from rtstruct.progress import silent
from rtstruct.view import questions
from rtstruct.view.server import Server
from rtstruct.view.site import make_site
from support.command import Command
from support.watched_browser import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from rtstruct.home import Home


@pytest.fixture(scope="module")
def server(looked_at: Home) -> Iterator[Server]:
    site, problems = make_site(looked_at, with_identifiers=False, progress=silent)
    assert problems == ()
    with Server(site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1400, "height": 1000}) as context:
        watched = Watched(context)
        yield watched.page
        watched.check(base(server))


def base(server: Server) -> str:
    return server.url.removesuffix("/index.html")


def conversion(home: Home, patient: str) -> str:
    with duckdb.connect(str(home.registry), read_only=True) as connection:
        (row,) = connection.execute(
            "select distinct conversion_id from masks where PatientID = ?", [patient]
        ).fetchall()
    return str(row[0])[:16]


def ask(
    server: Server, path: str, method: str = "GET", host: str | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", host or f"127.0.0.1:{server.server_port}")
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_only_who_knows_the_token_and_the_name_is_answered(server: Server) -> None:
    prefix = urlsplit(base(server)).path
    assert ask(server, f"{prefix}/index.html")[0] == 200
    assert server.server_address[0] == "127.0.0.1"
    for path in ("/", "/index.html", "/wrong/index.html", f"/{prefix[1:-1]}/index.html"):
        assert ask(server, path)[0] == 403, path
    for host in ("example.org", f"example.org:{server.server_port}", "127.0.0.1", "localhost"):
        assert ask(server, f"{prefix}/index.html", host=host)[0] == 403, host


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_nothing_but_reading(server: Server, method: str) -> None:
    assert ask(server, f"{urlsplit(base(server)).path}/index.html", method)[0] == 501


@pytest.mark.parametrize(
    "path",
    [
        "../catalog.duckdb",
        "%2e%2e/catalog.duckdb",
        "data/../../catalog.duckdb",
        "..%2fcatalog.duckdb",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "a%00b",
        "..\\catalog.duckdb",
        "link/catalog.duckdb",
    ],
)
def test_no_path_leads_out_of_the_report(server: Server, looked_at: Home, path: str) -> None:
    link = looked_at.report / "link"
    link.unlink(missing_ok=True)
    link.symlink_to(looked_at.root)
    status, body = ask(server, f"{urlsplit(base(server)).path}/{path}")
    link.unlink()
    assert status in (403, 404)
    assert len(body) < 100


@pytest.mark.parametrize(
    "path",
    [
        "api/scene/0000000000000000",
        "api/scene/' or 1=1 --",
        "api/slice/0000000000000000/axial/0?low=0&high=1",
        "api/slice/0000000000000000/diagonal/0",
        "api/nothing",
    ],
)
def test_what_is_not_there_is_refused(server: Server, path: str) -> None:
    assert ask(server, f"{urlsplit(base(server)).path}/{quote(path, safe='/?&=')}")[0] in (400, 404)


def test_a_slice_that_is_not_there_or_a_window_of_nonsense(server: Server, looked_at: Home) -> None:
    one = conversion(looked_at, "CT-ENGLISH")
    prefix = f"{urlsplit(base(server)).path}/api/slice/{one}/axial"
    assert ask(server, f"{prefix}/39?low=0&high=1")[0] == 200
    assert ask(server, f"{prefix}/40?low=0&high=1")[0] == 404
    assert ask(server, f"{prefix}/-1?low=0&high=1")[0] == 404
    for window in ("low=nan&high=1", "low=1&high=1", "low=a&high=b", ""):
        assert ask(server, f"{prefix}/0?{window}")[0] == 400, window


def test_sql_reads_the_catalog_and_nothing_else(looked_at: Home) -> None:
    found, is_cut = questions.answer(looked_at, "select count(*) as n from rtstruct_rois -- all")
    assert (found.columns, found.rows, is_cut) == (("n",), [(36,)], False)
    assert questions.answer(looked_at, "select * from range(20000)")[1]
    for query in (
        "select * from read_text('/etc/passwd')",
        "from 'x.parquet'",
        "copy (select 1) to '/tmp/x'",
        "attach '/tmp/x.duckdb'",
        "set enable_external_access = true",
        "drop table catalog.rtstruct.rtstruct_rois",
        "create table t as select 1",
        "install httpfs",
        "select 1; select 2",
        "",
    ):
        with pytest.raises(UsageError):
            questions.answer(looked_at, query)


def test_sql_that_takes_too_long_is_ended(looked_at: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "SECONDS", 0.3)
    with pytest.raises(UsageError, match="no answer within"):
        questions.answer(
            looked_at, "select sum(a.range * b.range) from range(1000000) a, range(1000000) b"
        )


def test_a_question_is_answered_as_a_table_and_a_download(page: Page, server: Server) -> None:
    page.goto(f"{base(server)}/index.html")
    page.get_by_role("link", name="SQL", exact=True).click()
    page.get_by_label("A question").fill(
        "select ROIName, ROINumber from rtstruct_rois where ROIName like '%script%' order by 2"
    )
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#state")).to_contain_text("2 rows")
    assert "<script>window.hacked=1</script>" in page.locator("#answer").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    text = download.value.path().read_text("utf-8")
    assert text.splitlines()[0] == "ROIName,ROINumber"
    page.get_by_label("A question").fill("select nothing")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing")


def test_a_known_voxel_is_colored_and_structures_are_toggled(
    page: Page, server: Server, looked_at: Home
) -> None:
    one = conversion(looked_at, "CT-ENGLISH")
    page.goto(f"{base(server)}/viewer.html?conversion={one}&roi=4")
    page.wait_for_selector(".axial .lines[data-whole] .mask[data-roi='4']")
    page.get_by_role("button", name="None").click()
    page.get_by_role("checkbox", name="Heart").check()
    page.get_by_label("contours").uncheck()
    # The middle of the heart is where the planes cross; its color is orange (255, 127, 0).
    cross = page.locator(".axial .cross path").first.bounding_box()
    level = page.locator(".axial .cross path").last.bounding_box()
    assert cross
    assert level
    x, y = cross["x"] + cross["width"] / 2 + 6, level["y"] + level["height"] / 2 + 6
    assert tinted(page, x, y)
    page.get_by_role("checkbox", name="Heart").uncheck()
    assert not tinted(page, x, y)


def tinted(page: Page, x: float, y: float) -> bool:
    """Whether the pixel is more red than blue, as a shade of grey is not."""
    page.wait_for_timeout(100)
    shot = np.asarray(Image.open(BytesIO(page.screenshot())).convert("RGB")).astype(int)
    red, _, blue = shot[round(y), round(x)]
    return bool(red - blue > 20)


def test_slices_are_walked_by_keyboard_and_the_viewer_is_accessible(
    browser: Browser, server: Server, looked_at: Home
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    one = conversion(looked_at, "MR-OBLIQUE-GERMAN")
    with browser.new_context(viewport={"width": 390, "height": 800}, bypass_csp=True) as context:
        watched = Watched(context)
        page = watched.page
        page.goto(f"{base(server)}/viewer.html?conversion={one}")
        page.wait_for_selector(".axial .lines[data-whole]")
        place = page.locator(".axial .place")
        before = place.inner_text()
        page.get_by_label("axial slice", exact=True).last.focus()
        page.keyboard.press("ArrowRight")
        assert place.inner_text() != before
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        watched.check(base(server))
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_a_port_in_use_is_told_and_ctrl_c_is_a_regular_end(looked_at: Home) -> None:
    command = Command(looked_at)
    running = command.start("view", "--no-browser")
    assert running.stdout
    port = str(urlsplit(running.stdout.readline().strip()).port)
    try:
        code, _, messages = command.run("view", "--no-browser", "--port", port)
        assert code == 2
        assert f"port {port} cannot be used: Address already in use" in messages
    finally:
        running.send_signal(signal.SIGINT)
        _, messages = running.communicate()
    assert running.returncode == 0
    assert "rtstruct: " not in messages
