"""Models made in their place: what an earlier build made stands until the new one is whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from rtstruct.catalog.dbt_runner import invoke_dbt
from rtstruct.catalog.project import project_folder

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = {
    "version": 2,
    "models": [
        {
            "name": "made",
            "config": {"contract": {"enforced": True}},
            "columns": [{"name": "n", "data_type": "integer"}],
        }
    ],
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project of one model, with our macros."""
    files: dict[str, dict[str, Any]] = {
        "dbt_project.yml": {
            "name": "small",
            "profile": "small",
            "macro-paths": [str(project_folder() / "macros")],
        },
        "profiles.yml": {
            "small": {
                "target": "duckdb",
                "outputs": {"duckdb": {"type": "duckdb", "path": str(tmp_path / "made.duckdb")}},
            }
        },
    }
    (tmp_path / "models").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    return tmp_path


def made(project: Path, kind: str, sql: str) -> bool:
    model = f"{{{{ config(materialized='{kind}') }}}} {sql}"
    (project / "models/made.sql").write_text(model)
    folders = {"project-dir": "", "profiles-dir": "", "log-path": "logs", "target-path": "target"}
    where = [word for name, each in folders.items() for word in (f"--{name}", str(project / each))]
    outcome = invoke_dbt(["run", "--quiet", *where], is_brief=True)
    return bool(outcome.success)


def held(project: Path) -> tuple[list[tuple[str, str]], list[tuple[int]]]:
    """All tables and views with their kind, and the rows of the model."""
    with duckdb.connect(str(project / "made.duckdb")) as catalog:
        kinds = catalog.sql("select table_name, table_type from information_schema.tables")
        return kinds.fetchall(), catalog.sql("from made").fetchall()


@pytest.mark.parametrize("contract", [False, True])
def test_what_fails_leaves_what_was(project: Path, contract: bool) -> None:
    if contract:
        (project / "models/made.yml").write_text(json.dumps(CONTRACT))
    table = [("made", "BASE TABLE")]
    assert made(project, "table", "select 1 as n")
    assert held(project) == (table, [(1,)])
    assert not made(project, "table", "select error('no')::integer as n")
    assert held(project) == (table, [(1,)])
    assert made(project, "table", "select 2 as n")
    assert held(project) == (table, [(2,)])


def test_a_table_becomes_a_view_and_a_view_a_table(project: Path) -> None:
    for number, (kind, known) in enumerate(2 * [("table", "BASE TABLE"), ("view", "VIEW")]):
        assert made(project, kind, f"select {number} as n")
        assert held(project) == ([("made", known)], [(number,)])
        assert not made(project, kind, "select absent as n")
        assert held(project) == ([("made", known)], [(number,)])
