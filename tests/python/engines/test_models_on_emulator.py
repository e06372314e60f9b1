"""The unmodified dbt-bigquery adapter builds the whole project over BigQuery's own wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.compare import differences, report
from engines.reference import nodes, rows_of

if TYPE_CHECKING:
    import duckdb

    from engines.dbt_project import DbtProject
    from engines.emulator import Emulator
    from engines.googlesql import GoogleSQL


def test_every_seed_and_model_has_the_rows_of_duckdb(
    emulator: Emulator,
    emulator_project: DbtProject,
    duckdb_project: DbtProject,
    duckdb_catalog: duckdb.DuckDBPyConnection,
) -> None:
    client = emulator.client("local")
    on_duckdb = duckdb_project.manifest()["nodes"]
    built = nodes(emulator_project.manifest(), "seed", "model")
    compared, found = 0, {}
    for node in built:
        relation = on_duckdb[node["unique_id"]]["relation_name"]
        rows = rows_of(duckdb_catalog, f"from {relation}")
        over_the_wire = client.query(f"select * from {node['relation_name']}", retry=None).result()
        compared += len(rows)
        if different := differences(rows, map(dict, over_the_wire)):
            found[node["unique_id"]] = different
    print(f"{len(built)} seeds and models, {compared} rows compared, {len(found)} differ")
    assert not found, report(found)
    assert compared


@pytest.mark.usefixtures("relations")
def test_every_statement_that_dbt_sent_is_googlesql(
    emulator_project: DbtProject, googlesql: GoogleSQL
) -> None:
    """The emulator takes more than BigQuery does; the analyzer takes what BigQuery takes."""
    sent = emulator_project.folder / "run" / "rtstruct" / "models"
    # Those of tests lie in folders named like the file that declares them.
    statements = [path for path in sent.rglob("*.sql") if path.parent.suffix != ".yml"]
    for statement in statements:
        googlesql.analyse(statement.read_text())
    print(f"{len(statements)} statements analysed")
    assert statements


def test_docs_are_generated(emulator_project: DbtProject) -> None:
    # The emulator lacks the table that dbt reads sizes from: an empty catalog, whole docs.
    emulator_project.run("docs", "generate", "--empty-catalog")

    assert (emulator_project.folder / "index.html").stat().st_size > 100_000
