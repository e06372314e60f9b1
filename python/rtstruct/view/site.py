"""The site: the report, and the pages that need a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.catalog.query import connect
from rtstruct.report.privacy import Pseudonyms
from rtstruct.report.run import lay_static, pages_of, write_report
from rtstruct.view.questions import MOST_ROWS
from rtstruct.view.scenes import Scenes
from rtstruct.view.server import Site

if TYPE_CHECKING:
    from rtstruct.home import Home
    from rtstruct.progress import Progress


def make_site(
    home: Home, *, with_identifiers: bool, progress: Progress
) -> tuple[Site, tuple[str, ...]]:
    """Write the report, and make what is served beside it; returns what is wrong with pictures too.

    Raises
    ------
    UsageError, RtstructError
        As from :func:`rtstruct.report.run.write_report`.
    """
    pseudonyms = Pseudonyms(with_identifiers)
    report = write_report(
        home,
        home.report,
        with_identifiers=with_identifiers,
        progress=progress,
        pseudonyms=pseudonyms,
    )
    lay_static(home.report, live=True)
    with connect(home) as connection:
        pages = pages_of(connection, home.report, with_identifiers=with_identifiers)
        tables = connection.execute(
            "select if(database_name = 'registry', 'registry.', '') || table_name as name,"
            " list(column_name order by column_index)"
            " from duckdb_columns()"
            " where (database_name = 'catalog' and schema_name = 'rtstruct')"
            " or database_name = 'registry'"
            " group by database_name, table_name order by database_name, table_name"
        ).fetchall()
    rendered = {
        "sql.html": pages.render(
            "sql.html", "sql.html.j2", title="SQL", most_rows=MOST_ROWS, tables=tables
        ),
        "viewer.html": pages.render("viewer.html", "viewer.html.j2", title="Viewer"),
    }
    return Site(home, home.report, rendered, Scenes(home), pseudonyms.patient), report.problems
