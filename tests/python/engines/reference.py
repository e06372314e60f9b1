"""The compiled project: its nodes in order, and what each engine makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

    from engines.googlesql import Row

Node = dict[str, Any]
Manifest = dict[str, Any]

# DuckDB's types of seed columns in BigQuery's JSON schema.
SEED_TYPES = {
    "VARCHAR": "STRING",
    "BIGINT": "INTEGER",
    "INTEGER": "INTEGER",
    "DOUBLE": "FLOAT",
    "BOOLEAN": "BOOLEAN",
}


def nodes(manifest: Manifest, *kinds: str) -> list[Node]:
    """Nodes of these kinds (model, seed, test, analysis), each after all that it reads."""
    found: dict[str, Node] = {}

    def visit(key: str) -> None:
        if key in manifest["nodes"] and key not in found:
            node = manifest["nodes"][key]
            for parent in node["depends_on"].get("nodes", []):
                visit(parent)
            found[key] = node

    for key in manifest["nodes"]:
        visit(key)
    return [
        node
        for node in found.values()
        # dbt keeps some tests of models that the source does not have, and compiles none of them.
        if node["resource_type"] in kinds and ("compiled_code" in node or kinds[0] == "seed")
    ]


def path_of(node: Node) -> tuple[str, str, str]:
    """Project, dataset and table of a node."""
    return node["database"], node["schema"], node["alias"]


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def seed_schema(connection: duckdb.DuckDBPyConnection, relation: str) -> list[dict[str, str]]:
    return [
        {"name": name, "type": SEED_TYPES[kind]}
        for name, kind, *_ in connection.execute(f"describe {relation}").fetchall()
    ]
