"""All of IDC from its public Parquet index, offline."""

from __future__ import annotations

import csv
import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from typing import TYPE_CHECKING

import duckdb
import pytest
from playwright.sync_api import expect

from catalog.idc_rows import IDC_INDEX, RTSTRUCT, write_rtstruct_index
from rtstruct.catalog.fetch_index import fetch_rtstruct_index
from rtstruct.catalog.project import project_folder
from rtstruct.catalog.query import connect
from rtstruct.errors import RtstructError
from rtstruct.home import Home
from rtstruct.report.run import write_report
from support.watched_browser import Watched, browser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


__all__ = ["browser"]


@pytest.fixture
def idc(idc_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(idc_home) as connection:
        yield connection


def test_every_structure_set_of_idc_is_a_series(idc: duckdb.DuckDBPyConnection) -> None:
    counted = idc.execute(
        "select collection_id, count(*) from rtstruct_series group by 1 order by 1"
    ).fetchall()
    assert (
        counted
        == duckdb.sql(
            f"select collection_id, count(*) from '{IDC_INDEX}' where {RTSTRUCT}"
            " group by 1 order by 1"
        ).fetchall()
    )
    if version("idc-index-data").startswith("25."):
        assert (sum(count for _, count in counted), len(counted)) == (19_366, 19)


def test_every_series_of_idc_has_a_link_to_its_viewer(idc: duckdb.DuckDBPyConnection) -> None:
    assert idc.execute(
        "select count(*) = count(*) filter (viewer_url like"
        " 'https://viewer.imaging.datacommons.cancer.gov/v3/viewer/?StudyInstanceUIDs='"
        " || StudyInstanceUID || '%') from rtstruct_series"
    ).fetchone() == (True,)


def test_every_mart_says_which_release_it_is_of(idc: duckdb.DuckDBPyConnection) -> None:
    release = int(version("idc-index-data").split(".")[0])
    marts = idc.execute(
        "select table_name from information_schema.tables where table_schema = 'rtstruct'"
    ).fetchall()
    versions = {
        mart: idc.execute(f"select distinct idc_version from {mart}").fetchall()
        for (mart,) in marts
    }
    # The index lists no instances, and every made-up name is understood.
    # Masks, segments and matrices of registrations are not in it, and words have no release.
    for mart in (
        "image_instances",
        "judged_masks",
        "mask_findings",
        "registrations",
        "roi_names_to_review",
        "roi_words_to_review",
        "segments",
    ):
        assert versions.pop(mart) == []
    assert len(versions) >= 10
    assert {mart for mart in versions if versions[mart] != [(release,)]} == set()


def test_the_geometry_of_images_is_what_idc_publishes(idc: duckdb.DuckDBPyConnection) -> None:
    rows = idc.execute(
        "select distinct regularly_spaced, is_evenly_spaced, is_sheared, spacing,"
        " obliquity_degrees from image_series order by all"
    ).fetchall()
    assert rows == [
        (False, False, False, None, 0.0),
        (False, True, True, None, 12.5),
        (True, True, False, 2.5, 0.0),
    ]


def test_a_type_is_told_only_where_it_is_known(idc: duckdb.DuckDBPyConnection) -> None:
    rows = idc.execute(
        "select distinct s.roi_count, r.ROIName, r.RTROIInterpretedType, r.ROIGenerationAlgorithm"
        " from rtstruct_rois as r join rtstruct_series as s using (SeriesInstanceUID) order by all"
    ).fetchall()
    assert rows == [
        (1, "Heart", "ORGAN", "MANUAL"),
        (4, "Heart", None, None),
        (4, "Lung_L", None, None),
        (4, "PTV", None, None),
    ]


def test_seed_points_never_reach_the_converter_as_volumes(idc: duckdb.DuckDBPyConnection) -> None:
    seed = project_folder() / "seeds" / "series_description_words.csv"
    with seed.open(newline="") as stream:
        for row in csv.DictReader(stream):
            found = idc.execute(
                "select distinct s.SeriesDescription = ?, r.geometry_class, w.volume_roi_count"
                " from rtstruct_series as s"
                " join conversion_worklist as w using (SeriesInstanceUID)"
                " join rtstruct_rois as r using (structure_set_key)"
                " where contains(upper(s.SeriesDescription), ?) order by all",
                [row["example_SeriesDescription"], row["words"]],
            ).fetchall()
            # The example is among them, and is not the only one.
            assert found == [(False, row["geometry_class"], 0), (True, row["geometry_class"], 0)]


def test_what_the_index_does_not_tell_is_not_made_up(idc: duckdb.DuckDBPyConnection) -> None:
    rows = idc.execute(
        "select distinct s.roi_count, w.reason_code from rtstruct_series as s"
        " join conversion_worklist as w using (SeriesInstanceUID)"
        " where not exists (select 1 from rtstruct_rois as r"
        " where r.SeriesInstanceUID = s.SeriesInstanceUID)"
    ).fetchall()
    assert rows == [(None, "reference_unknown")]


@pytest.fixture
def releases(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A release location on loopback: its address, and the folder of the installed release."""
    folder = tmp_path / "releases" / version("idc-index-data")
    folder.mkdir(parents=True)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()


def test_a_good_index_is_fetched(tmp_path: Path, releases: tuple[str, Path]) -> None:
    address, folder = releases
    write_rtstruct_index(folder / "rtstruct_index.parquet")
    home = Home(tmp_path / "home")
    assert fetch_rtstruct_index(home, address) > 1000
    assert home.rtstruct_index.read_bytes() == (folder / "rtstruct_index.parquet").read_bytes()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("absent", "cannot download"),
        ("no Parquet", "not a Parquet file"),
        ("other columns", "other columns"),
        ("other release", "not in idc-index-data"),
    ],
)
def test_a_bad_index_never_replaces_a_good_one(
    tmp_path: Path, releases: tuple[str, Path], kind: str, said: str
) -> None:
    address, folder = releases
    file = folder / "rtstruct_index.parquet"
    if kind == "no Parquet":
        file.write_text("<html>rate limit</html>")
    elif kind == "other columns":
        duckdb.sql("select 'x' as SeriesInstanceUID").write_parquet(str(file))
    elif kind == "other release":
        write_rtstruct_index(file, series="SeriesInstanceUID || '.9'")
    home = Home(tmp_path)
    home.rtstruct_index.write_text("the good one")
    with pytest.raises(RtstructError, match=said):
        fetch_rtstruct_index(home, address)
    assert home.rtstruct_index.read_text() == "the good one"
    assert not list(tmp_path.glob("*.part"))


def test_all_of_idc_is_searched_sorted_and_opened_on_its_pages(
    idc_home: Home, browser: Browser, tmp_path: Path
) -> None:
    report = write_report(idc_home, tmp_path / "report")
    assert report.index_bytes < 5_000_000
    with connect(idc_home) as connection:
        ((names, lungs),) = connection.execute(
            "select count(*), count(*) filter (contains(lower(ROIName), 'lung'))"
            " from roi_name_vocabulary"
        ).fetchall()
        collections = connection.execute(
            "select collection_id from collection_summary order by 1"
        ).fetchall()
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        watched = Watched(context)
        page = watched.page
        page.goto(report.index.as_uri())
        tile = page.locator(".tiles").get_by_text("structure sets", exact=True)
        assert tile.locator("..").locator("dd").inner_text() == "19,366"
        shown = page.locator("section:has(#h-collections) tbody th").all_inner_texts()
        assert sorted(shown) == [name for (name,) in collections]
        page.goto((tmp_path / "report" / "names.html").as_uri())
        expect(page.locator("#count")).to_contain_text(f"{names:,} of {names:,} names")
        page.get_by_label("Search").fill("lung")
        expect(page.locator("#count")).to_contain_text(f"{lungs:,} of ")
        page.locator(".tabulator-col-title", has_text="Name").click()
        first = page.locator("#grid .tabulator-row .tabulator-cell").first
        expect(first).to_contain_text("lung", ignore_case=True)
        page.goto((tmp_path / "report" / "structures.html").as_uri() + "?structure=Lung")
        page.wait_for_selector("#one-names table")
        watched.check((tmp_path / "report").as_uri())
