"""``rtstruct report``: everything into one folder, which opens from disk or from any server."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from rtstruct.catalog.query import connect
from rtstruct.errors import RtstructError, UsageError
from rtstruct.progress import silent
from rtstruct.report.catalog_pages import (
    mask_states,
    write_findings,
    write_names,
    write_others,
    write_review,
    write_structures,
)
from rtstruct.report.dbt_docs import DBT_DOCS, copy_dbt_docs
from rtstruct.report.gallery import read_masks, write_gallery
from rtstruct.report.overview import write_overview
from rtstruct.report.pages import Pages
from rtstruct.report.privacy import Pseudonyms
from rtstruct.report.questions import ask
from rtstruct.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from rtstruct.home import Home
    from rtstruct.progress import Progress

_NEED_A_SERVER = ("niivue.*", "viewer*.js", "sql.js")
MARK = "rtstruct-report"
"""A folder with this file is a report of ours and may be written again."""


@dataclass(frozen=True)
class Report:
    """A report that lies on the disk, whole."""

    index: Path
    index_bytes: int
    pictures: int
    """Masks with a picture."""
    problems: tuple[str, ...]
    """Pictures that could not be made, and why."""


def write_report(
    home: Home,
    out: Path,
    *,
    with_identifiers: bool = False,
    progress: Progress = silent,
    pseudonyms: Pseudonyms | None = None,
) -> Report:
    """Write all pages into ``out``; pictures that are there already are kept.

    ``pseudonyms``, if given, learn the patients of this report.

    Raises
    ------
    UsageError
        There is no catalog, or ``out`` holds something that is no report.
    RtstructError
        ``scripts_missing``: the scripts of the pages were not set up; all that
        :func:`rtstruct.catalog.query.connect` raises.
    """
    _check(out)
    with connect(home) as connection:
        pseudonyms = pseudonyms or Pseudonyms(with_identifiers)
        pseudonyms.learn(
            connection.execute(
                "select work.collection_id, work.PatientID, series.viewer_url is not null"
                " from conversion_worklist as work left join rtstruct_series as series"
                " using (SeriesInstanceUID)"
            ).fetchall()
        )
        out.mkdir(parents=True, exist_ok=True)
        (out / MARK).touch()
        lay_static(out)
        copy_dbt_docs(out)
        pages = pages_of(connection, out, with_identifiers=with_identifiers)
        data = out / "data"
        findings = write_findings(pages, connection, pseudonyms)
        write_names(pages, connection, data)
        write_review(pages, connection, data)
        write_structures(pages, connection, data)
        write_others(pages, connection)
        write_overview(pages, connection, mask_states(connection), findings)
        masks = read_masks(connection)
    gallery = write_gallery(pages, home, masks, pseudonyms, out, progress)
    index = out / "index.html"
    return Report(index, index.stat().st_size, gallery.pictures, gallery.problems)


def pages_of(connection: duckdb.DuckDBPyConnection, out: Path, *, with_identifiers: bool) -> Pages:
    """Pages that say what they are of."""
    return Pages(
        out,
        version=__version__,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        source=_source(connection),
        with_identifiers=with_identifiers,
        dbt_docs=DBT_DOCS if (out / DBT_DOCS).is_file() else None,
    )


def _check(out: Path) -> None:
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        raise UsageError(f"{out} holds something that is no report", "Name a new folder with --out")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is not a folder", "Name a new folder with --out")


def lay_static(out: Path, *, live: bool = False) -> None:
    """Copy styles and scripts; what only a server can use is left out unless ``live``.

    Raises
    ------
    RtstructError
        ``scripts_missing``.
    """
    source = files(__package__).joinpath("static")
    if not source.joinpath("lib", "tabulator.min.js").is_file():
        raise RtstructError(
            "scripts_missing", "the scripts of the pages are not set up", "Run `make setup`"
        )
    left_out = () if live else _NEED_A_SERVER
    with as_file(source) as folder:
        shutil.copytree(
            folder, out / "static", dirs_exist_ok=True, ignore=shutil.ignore_patterns(*left_out)
        )


def _source(connection: duckdb.DuckDBPyConnection) -> str:
    versions = ask(connection, "versions").records()[0]
    vocabulary, idc = versions["vocabulary_version"], versions["idc_version"]
    parts = [f"vocabulary {vocabulary}"] if vocabulary is not None else []
    return ", ".join([*parts, f"IDC v{idc}"] if idc is not None else parts)
