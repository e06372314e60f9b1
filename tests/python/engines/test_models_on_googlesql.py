"""Every compiled model, data test and analysis means on BigQuery what it means on DuckDB.

BigQuery is the GoogleSQL reference engine here, fed with the very rows that DuckDB read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from engines.compare import differences, report
from engines.dbt_project import ROOT
from engines.reference import nodes, rows_of

if TYPE_CHECKING:
    import duckdb

    from engines.googlesql import GoogleSQL, Relation
    from engines.reference import Manifest, Node

# What makes a random choice another one with every run of dbt.
RUN_STARTED_AT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+00:00")


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
            found[model] = different
    print(f"{len(relations)} models, {compared} rows compared, {len(found)} models differ")
    assert not found, report(found)
    assert compared


def test_every_mart_has_rows_to_compare(
    relations: dict[str, Relation], on_duckdb: dict[str, Node]
) -> None:
    marts = {key for key in relations if on_duckdb[key]["fqn"][1] == "marts"}
    assert marts
    # Masks are known where the registry is, matrices of registrations to an index of files.
    empty = [on_duckdb[key]["name"] for key in marts if not relations[key].rows]
    assert [
        name for name in empty if name not in ("judged_masks", "mask_findings", "registrations")
    ] == []


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
        sql = [on_duckdb[query["unique_id"]]["compiled_code"], query["compiled_code"]]
        ours, theirs = (RUN_STARTED_AT.sub("then", text) for text in sql)
        if different := differences(rows_of(duckdb_catalog, ours), googlesql.evaluate(theirs).rows):
            found[query["unique_id"]] = different
    print(f"{len(queries)} data tests and analyses evaluated, {len(found)} differ")
    assert not found, report(found)
    assert queries


def test_every_question_of_the_documentation_gives_the_same_answer(
    googlesql: GoogleSQL,
    relations: dict[str, Relation],
    duckdb_catalog: duckdb.DuckDBPyConnection,
) -> None:
    questions = re.findall(r"```sql\n(.+?)\n```", (ROOT / "docs" / "queries.md").read_text(), re.S)
    # What `set @@dataset_id = 'rtstruct'` does on BigQuery, and a search path on DuckDB.
    marts = "|".join(key.rpartition(".")[2] for key in relations)
    bare_name = re.compile(rf"\b(from|join)(\s+)({marts})\b(?:\s+as\s+(\w+))?")
    duckdb_catalog.execute("set search_path = 'rtstruct'")
    found = {}
    for question in questions:
        sql = bare_name.sub(
            lambda found: f"{found[1]} `local.rtstruct.{found[3]}` as {found[4] or found[3]}",
            question,
        )
        answer = googlesql.evaluate(sql)
        if different := differences(rows_of(duckdb_catalog, question), answer.rows):
            found[question] = different
    print(f"{len(questions)} questions, {len(found)} answered differently")
    assert not found, report(found)
    assert questions
