"""dbt's page beside the report: linked where it was made, without this machine's folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from rtstruct.report.dbt_docs import DBT_DOCS, copy_dbt_docs
from rtstruct.report.pages import Pages

if TYPE_CHECKING:
    from pathlib import Path

    from support.watched_browser import Watched


def test_it_is_copied_without_the_folder_of_this_machine(tmp_path: Path) -> None:
    project = tmp_path / 'a "project"'
    made = project / "target" / "docs" / "static_index.html"
    made.parent.mkdir(parents=True)
    made.write_text(f"<script>var manifest = {json.dumps({'root_path': str(project)})}</script>")
    copy_dbt_docs(tmp_path, project)
    copied = (tmp_path / DBT_DOCS).read_text()
    assert copied == '<script>var manifest = {"root_path": "."}</script>'


def test_nothing_is_copied_where_it_was_not_made(tmp_path: Path) -> None:
    copy_dbt_docs(tmp_path, tmp_path)
    assert not (tmp_path / DBT_DOCS).exists()


def test_pages_link_to_it_where_it_is(report: Path, watched: Watched) -> None:
    common = {"version": "1", "made": "today", "source": "us", "with_identifiers": False}
    for name, dbt_docs in (("with.html", DBT_DOCS), ("without.html", None)):
        Pages(report, dbt_docs=dbt_docs, **common).write(name, "base.html.j2", title="A page")
    link = watched.page.get_by_role("link", name="tables, columns and lineage")
    watched.page.goto(f"{report.as_uri()}/with.html")
    expect(link).to_have_attribute("href", DBT_DOCS)
    watched.page.goto(f"{report.as_uri()}/without.html")
    expect(link).to_have_count(0)
    for name in ("with.html", "without.html"):
        (report / name).unlink()
