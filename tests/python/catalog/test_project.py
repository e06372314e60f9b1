"""Rules of the user's own stay, whatever becomes of the package."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import yaml

from rtstruct.catalog import project
from rtstruct.catalog.project import project_folder, project_with_rules
from rtstruct.home import Home

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_an_upgrade_brings_new_models_and_leaves_my_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    shipped = [path.name for path in (project_folder() / "rules").iterdir()]
    project_with_rules(home)
    assert sorted(path.name for path in home.rules.iterdir()) == sorted(shipped)
    (home.rules / "roi_synonyms_local.csv").write_text("mine")

    upgraded = tmp_path / "site-packages" / "rtstruct"
    shutil.copytree(project_folder() / "rules", upgraded / "dbt" / "rules")
    (upgraded / "dbt" / "models").mkdir()
    monkeypatch.setattr(project, "_PACKAGE", upgraded)
    folder = project_with_rules(home)

    assert (folder / "models").resolve() == upgraded / "dbt" / "models"
    assert (folder / "rules" / "roi_synonyms_local.csv").read_text() == "mine"


def test_every_macro_and_each_of_its_arguments_is_described() -> None:
    folder = project_folder() / "macros"
    written = {}
    for file in folder.rglob("*.sql"):
        for name, arguments in re.findall(r"{%-? macro (\w+)\(([^)]*)\)", file.read_text()):
            # What an engine has of its own is described once, for all.
            if not name.startswith(("default__", "bigquery__", "duckdb__")):
                written[file.parent.name, name] = re.findall(r"(?:^|, )(\w+)", arguments)
    described = {}
    for file in folder.rglob("*.yml"):
        for macro in yaml.safe_load(file.read_text())["macros"]:
            arguments = macro.get("arguments", [])
            assert macro["description"]
            assert all(argument["description"] for argument in arguments)
            described[file.parent.name, macro["name"]] = [each["name"] for each in arguments]
    assert described == written
