"""Three engines over the same rows: DuckDB, the GoogleSQL reference engine, a BigQuery emulator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from engines.dbt_project import ROOT, DbtProject
from engines.googlesql import GoogleSQL
from engines.sources import variables, write_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engines.reference import Manifest
    from engines.sources import SourceTable

SERIES = 300
PROFILES = Path(__file__).with_name("profiles")


@pytest.fixture(scope="session")
def googlesql() -> GoogleSQL:
    return GoogleSQL()


@pytest.fixture(scope="session")
def engines_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="session")
def sources(engines_folder: Path) -> dict[str, SourceTable]:
    return write_sources(engines_folder, SERIES)


@pytest.fixture(scope="session")
def duckdb_project(engines_folder: Path, sources: dict[str, SourceTable]) -> DbtProject:
    project = DbtProject(
        "duckdb",
        ROOT / "profiles",
        engines_folder / "target_duckdb",
        variables(sources),
        {"RTSTRUCT_HOME": str(engines_folder)},
    )
    project.run("build")
    # The adapter keeps the file open, and DuckDB opens it only one way at a time.
    DuckDBConnectionManager.close_all_connections()
    return project


@pytest.fixture(scope="session")
def duckdb_catalog(
    engines_folder: Path, duckdb_project: DbtProject
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The catalog as DuckDB built it."""
    catalog = engines_folder / "catalog.duckdb"
    with duckdb.connect(str(catalog), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


@pytest.fixture(scope="session")
def compiled_for_bigquery(engines_folder: Path, sources: dict[str, SourceTable]) -> Manifest:
    """The project rendered for BigQuery without a server: nobody listens on that port."""
    project = DbtProject(
        "bigquery",
        PROFILES,
        engines_folder / "target_reference",
        variables(sources),
        {"BIGQUERY_ENDPOINT": "http://127.0.0.1:9"},
    )
    project.run("compile", "--no-introspect", "--no-populate-cache", "--full-refresh")
    return project.manifest()
