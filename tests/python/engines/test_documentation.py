"""Every table and column of the project is described, and what is described is what is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.reference import nodes

if TYPE_CHECKING:
    import duckdb

    from engines.dbt_project import DbtProject


def test_every_column_that_is_built_is_described(
    duckdb_project: DbtProject, duckdb_catalog: duckdb.DuckDBPyConnection
) -> None:
    undescribed = []
    for node in nodes(duckdb_project.manifest(), "model", "seed"):
        columns = node["columns"]
        built = duckdb_catalog.execute(f"describe {node['relation_name']}").fetchall()
        missing = [name for name, *_ in built if not columns.get(name, {}).get("description")]
        grain = node["description"].startswith(("One row", "No row"))
        if missing or not grain:
            undescribed.append((node["name"], missing, grain))
    assert undescribed == []


def test_every_mart_keeps_a_contract(duckdb_project: DbtProject) -> None:
    marts = [
        node for node in nodes(duckdb_project.manifest(), "model") if node["fqn"][1] == "marts"
    ]
    assert len(marts) >= 10
    assert [mart["name"] for mart in marts if not mart["contract"]["enforced"]] == []
