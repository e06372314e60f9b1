"""Every compiled model, data test and analysis means on BigQuery what it means on DuckDB.

BigQuery is the GoogleSQL reference engine here, fed with the very rows that DuckDB read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.compare import differences
from engines.googlesql import RefusedError
from engines.googlesql_values import columns_of
from engines.reference import nodes, path_of, rows_of, seed_schema

if TYPE_CHECKING:
    import duckdb

    from engines.dbt_project import DbtProject
    from engines.googlesql import GoogleSQL, Relation
    from engines.reference import Manifest, Node
    from engines.sources import SourceTable


@pytest.fixture(scope="module")
def on_duckdb(duckdb_project: DbtProject) -> dict[str, Node]:
    """Nodes as DuckDB ran them, by id."""
    return duckdb_project.manifest()["nodes"]


@pytest.fixture(scope="module")
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


def test_every_model_has_the_same_rows(
    relations: dict[str, Relation],
    on_duckdb: dict[str, Node],
    duckdb_catalog: duckdb.DuckDBPyConnection,
) -> None:
    compared, found = 0, {}
    for model, relation in relations.items():
        rows = rows_of(duckdb_catalog, f"from {on_duckdb[model]['relation_name']}")
        compared += len(rows)
        if different := differences(rows, relation.rows):
            found[model] = different[:4]
    print(f"{len(relations)} models, {compared} rows compared, {len(found)} models differ")
    assert not found
    assert compared


def test_every_mart_has_rows_to_compare(
    relations: dict[str, Relation], on_duckdb: dict[str, Node]
) -> None:
    marts = {key for key in relations if on_duckdb[key]["fqn"][1] == "marts"}
    assert marts
    assert [key for key in marts if not relations[key].rows] == []


@pytest.mark.usefixtures("relations")
def test_every_data_test_and_analysis_gives_the_same_rows(
    googlesql: GoogleSQL,
    compiled_for_bigquery: Manifest,
    on_duckdb: dict[str, Node],
    duckdb_catalog: duckdb.DuckDBPyConnection,
) -> None:
    queries = nodes(compiled_for_bigquery, "test", "analysis")
    found = {}
    for query in queries:
        rows = rows_of(duckdb_catalog, on_duckdb[query["unique_id"]]["compiled_code"])
        if different := differences(rows, googlesql.evaluate(query["compiled_code"]).rows):
            found[query["unique_id"]] = different[:4]
    print(f"{len(queries)} data tests and analyses evaluated, {len(found)} differ")
    assert not found
    assert queries
