"""Catalogs that are built once: of the odd cohort, of the phantom cohort, of IDC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog import odd_cohort
from catalog.dicom_all_rows import write_files_parquet, write_parquet
from rtstruct.catalog.build import build
from rtstruct.catalog.query import connect
from rtstruct.home import Home
from rtstruct.index.run import index_paths
from rtstruct.phantom.cohort import write_cohort
from rtstruct.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb


@pytest.fixture(scope="session")
def odd_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose catalog holds the odd cohort."""
    home = Home(tmp_path_factory.mktemp("odd cohort's home"))
    write_parquet(home.dicom_all, [*odd_cohort.rows(), *odd_cohort.rows_without_series()])
    write_files_parquet(home.root / "dicom_all_files.parquet", odd_cohort.other_files())
    result = build(home, all_tests=True)
    assert result.problems == ()
    return home


@pytest.fixture
def catalog(odd_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The catalog of the odd cohort, open for reading."""
    with connect(odd_home) as connection:
        yield connection


@pytest.fixture(scope="session")
def idc_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose catalog holds all of IDC, from the index that its package carries."""
    # Tests on other Pythons have no such package.
    from catalog.idc_rows import write_rtstruct_index, write_volume_geometry_index

    home = Home(tmp_path_factory.mktemp("idc"))
    write_rtstruct_index(home.rtstruct_index)
    write_volume_geometry_index(home.root / "volume_geometry_index.parquet")
    assert build(home, source="idc_index", all_tests=True).problems == ()
    return home


@pytest.fixture(scope="session")
def phantom_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose catalog holds the phantom cohort."""
    home = Home(tmp_path_factory.mktemp("phantoms"))
    # the folder's name becomes the collection
    write_cohort(home.root / "phantom_cohort")
    index_paths([home.root / "phantom_cohort"], home.dicom_all, silent)
    assert build(home, all_tests=True).problems == ()
    return home
