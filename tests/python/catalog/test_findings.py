"""docs/findings.md, the codes of the seed and what the models find are the same."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from rtstruct.catalog.project import project_folder
from rtstruct.catalog.query import connect

if TYPE_CHECKING:
    import duckdb

    from rtstruct.home import Home

PAGE = (project_folder() / "docs" / "findings.md").read_text()


def test_the_page_explains_every_code_of_the_seed() -> None:
    explained = [
        (code, section.lower(), meaning, remedy)
        for section, table in re.findall(r"^## (\w+)\n(.+?)(?=^## |\Z)", PAGE, re.M | re.S)
        for code, meaning, remedy in re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", table, re.M)
    ]
    with (project_folder() / "seeds" / "finding_codes.csv").open() as seed:
        assert sorted(explained) == sorted(tuple(row.values()) for row in csv.DictReader(seed))


def test_every_code_of_the_page_is_found_somewhere(
    catalog: duckdb.DuckDBPyConnection, idc_home: Home
) -> None:
    codes = "select distinct finding_code from catalog_findings"
    with connect(idc_home) as idc:
        found = {*catalog.execute(codes).fetchall(), *idc.execute(codes).fetchall()}
    assert {code for (code,) in found} == set(re.findall(r"^\| `(\w+)` \|", PAGE, re.M))
