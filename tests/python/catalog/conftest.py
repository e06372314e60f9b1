"""The odd cohort, built once into a catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog import odd_cohort
from catalog.dicom_all_rows import write_parquet
from rtstruct.catalog.build import build
from rtstruct.catalog.query import connect
from rtstruct.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb


@pytest.fixture(scope="session")
def odd_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose catalog holds the odd cohort."""
    home = Home(tmp_path_factory.mktemp("odd cohort's home"))
    write_parquet(home.dicom_all, odd_cohort.rows())
    result = build(home)
    assert result.problems == ()
    return home


@pytest.fixture
def catalog(odd_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The catalog of the odd cohort, open for reading."""
    with connect(odd_home) as connection:
        yield connection
