"""Every code that the catalog can find is found in some catalog of the tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rtstruct.catalog.project import project_folder
from rtstruct.catalog.query import connect
from rtstruct.codes import codes

if TYPE_CHECKING:
    import duckdb

    from rtstruct.home import Home

INTERMEDIATE = project_folder() / "models" / "intermediate"


def test_every_finding_is_found_somewhere(
    catalog: duckdb.DuckDBPyConnection, idc_home: Home
) -> None:
    query = "select distinct finding_code, severity from catalog_findings"
    with connect(idc_home) as idc:
        found = {*catalog.execute(query).fetchall(), *idc.execute(query).fetchall()}
    assert found == {(code, codes()[code].severity) for code in _selected()}


def _selected() -> set[str]:
    findings = " ".join(path.read_text() for path in INTERMEDIATE.glob("findings/*.sql"))
    refusals = (INTERMEDIATE / "int_conversions.sql").read_text()
    return {
        *re.findall(r"'(\w+)' as finding_code", findings),
        *re.findall(r"then\s+'(\w+)'", refusals[refusals.index("'no_rois'") - 10 :]),
    }
