"""dbt's own page of tables, columns and lineage, beside the report where ``make docs`` made it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rtstruct.atomic_write import write_whole
from rtstruct.catalog.project import project_folder

if TYPE_CHECKING:
    from pathlib import Path

DBT_DOCS = "dbt-docs/index.html"
"""The page's place in a report."""


def copy_dbt_docs(out: Path, project: Path | None = None) -> None:
    """Copy the page, if it was made, into the report: without the project's place on this disk."""
    project = project or project_folder()
    page = project / "target" / "docs" / "static_index.html"
    if not page.is_file():
        return
    copy = out / DBT_DOCS
    copy.parent.mkdir(exist_ok=True)
    write_whole(copy, page.read_text(encoding="utf-8").replace(json.dumps(str(project))[1:-1], "."))
