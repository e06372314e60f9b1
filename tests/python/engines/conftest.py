"""Three engines over the same rows: DuckDB, the GoogleSQL reference engine, a BigQuery emulator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from engines.dbt_project import ROOT, DbtProject
from engines.emulator import running_emulator
from engines.googlesql import GoogleSQL, RefusedError
from engines.googlesql_values import columns_of
from engines.reference import nodes, path_of, rows_of, seed_schema
from engines.sources import variables, write_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engines.emulator import Emulator
    from engines.googlesql import Relation
    from engines.reference import Manifest, Node
    from engines.sources import SourceTable

SERIES = 200
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
    # Analyses are compiled, never built.
    project.run("compile")
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


@pytest.fixture(scope="session")
def on_duckdb(duckdb_project: DbtProject) -> dict[str, Node]:
    """Nodes as DuckDB ran them, by id."""
    return duckdb_project.manifest()["nodes"]


@pytest.fixture(scope="session")
def relations(
    googlesql: GoogleSQL,
    compiled_for_bigquery: Manifest,
    sources: dict[str, SourceTable],
    on_duckdb: dict[str, Node],
    duckdb_catalog: duckdb.DuckDBPyConnection,
) -> dict[str, Relation]:
    """Every model as GoogleSQL evaluates it, by id; the engine keeps them as tables."""
    for table in sources.values():
        googlesql.add_rows(table.path, columns_of(table.schema), table.rows)
    for seed in nodes(compiled_for_bigquery, "seed"):
        relation = on_duckdb[seed["unique_id"]]["relation_name"]
        columns = columns_of(seed_schema(duckdb_catalog, relation))
        rows = rows_of(duckdb_catalog, f"from {relation}")
        googlesql.add_rows(path_of(seed), columns, rows)
    evaluated = {}
    for model in nodes(compiled_for_bigquery, "model"):
        try:
            result = googlesql.evaluate(model["compiled_code"])
        except RefusedError as error:
            error.add_note(f"in {model['original_file_path']}")
            raise
        googlesql.add(path_of(model), result)
        evaluated[model["unique_id"]] = result
    return evaluated


@pytest.fixture(scope="session")
def emulator(sources: dict[str, SourceTable]) -> Iterator[Emulator]:
    """A BigQuery that holds IDC's tables, made up."""
    with running_emulator() as running:
        for table in sources.values():
            running.load(table.path, table.schema, table.ndjson)
        yield running


@pytest.fixture(scope="session")
def emulator_project(
    engines_folder: Path, sources: dict[str, SourceTable], emulator: Emulator
) -> DbtProject:
    """The project as the unmodified BigQuery adapter built it: seeds, models, all tests."""
    project = DbtProject(
        "bigquery",
        PROFILES,
        engines_folder / "target_emulator",
        variables(sources),
        {"BIGQUERY_ENDPOINT": emulator.url},
    )
    project.run("build")
    return project
