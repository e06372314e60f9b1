"""Each command, mart and code is explained to a reader; the site's pages hold every option."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from rtstruct.cli import COMMANDS
from rtstruct.codes import codes

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = README + "".join(page.read_text(encoding="utf-8") for page in ROOT.glob("docs/*.md"))
MARTS = sorted(path.stem for path in (ROOT / "models" / "marts").glob("*.sql"))


@pytest.fixture(scope="module")
def site() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "make_site.py"))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_in_the_documentation(command: str) -> None:
    assert f"rtstruct {command}" in PAGES


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_is_in_the_documentation(mart: str) -> None:
    assert f"`{mart}`" in PAGES or f"{mart}\n" in PAGES


def test_each_code_has_a_heading() -> None:
    page = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
    assert [code for code in codes() if f"### `{code}`\n" not in page] == []


def test_the_site_has_each_table_command_and_option(site: dict[str, Any]) -> None:
    tables, commands = site["tables"](), site["commands"]()
    assert [mart for mart in MARTS if f"## {mart}\n" not in tables] == []
    assert "{{" not in tables
    assert [name for name in COMMANDS if f"## {name}\n" not in commands] == []
    assert "--missing-slices" in commands
