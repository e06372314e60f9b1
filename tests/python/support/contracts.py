"""The contract of each mart, from the yml beside it: what else reads a mart is held to it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import yaml

from rtstruct.catalog.project import project_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

# DuckDB's own name of each type of a contract.
DUCKDB_TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


@cache
def contracts() -> Mapping[str, Mapping[str, str]]:
    """DuckDB's type of every column, by mart."""
    return {
        model["name"]: {
            column["name"]: DUCKDB_TYPES.get(column["data_type"], column["data_type"])
            for column in model["columns"]
        }
        for path in sorted((project_folder() / "models" / "marts").rglob("*.yml"))
        for model in yaml.safe_load(path.read_text()).get("models", [])
    }


def create_table(mart: str) -> str:
    """The statement that makes a mart, empty."""
    columns = ", ".join(f'"{name}" {kind}' for name, kind in contracts()[mart].items())
    return f"create table rtstruct.{mart} ({columns})"
