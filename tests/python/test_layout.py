"""The tests themselves: small files, and helpers where helpers belong."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from support.real_data import REQUIRED, real_data

TESTS = Path(__file__).parent
ROOT = TESTS.parents[1]
MODULES = sorted(TESTS.rglob("*.py"))


def imports(module: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{each.name}" for each in node.names} | {str(node.module)}
    return found


def test_no_module_imports_from_a_test_module() -> None:
    names = {path.stem for path in MODULES if path.stem.startswith("test_")}
    found = {
        f"{module.relative_to(TESTS)}: {name}"
        for module in MODULES
        for name in imports(module)
        if name.split(".")[-1] in names
    }
    assert found == set()


def test_files_are_short() -> None:
    files = [
        path
        for folder, suffix in (
            ("python", "py"),
            ("tests", "py"),
            ("models", "sql"),
            ("macros", "sql"),
            ("tests", "sql"),
        )
        for path in (ROOT / folder).rglob(f"*.{suffix}")
    ]
    assert len(files) > 500
    long = [path.name for path in files if len(path.read_text().splitlines()) >= 400]
    assert long == []


def test_real_data_is_used_where_it_is(tmp_path: Path) -> None:
    assert real_data(tmp_path, {}) == tmp_path
    assert real_data(tmp_path, {REQUIRED: "required"}) == tmp_path


def test_the_absence_of_real_data_is_told_and_fails_in_ci(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    with pytest.raises(pytest.skip.Exception, match="real DICOM data"):
        real_data(absent, {})
    with pytest.raises(pytest.fail.Exception, match="must be in"):
        real_data(absent, {REQUIRED: "required"})


def test_ci_requires_the_real_data() -> None:
    assert f"export {REQUIRED}=required" in (ROOT / ".ci" / "run").read_text()


def test_arrows_into_json_stand_in_parentheses_where_they_are_compared() -> None:
    """Before DuckDB 2, ``a ->> 'b' = 'c'`` means ``a ->> ('b' = 'c')``."""
    bare = re.compile(r"(?<![(\w.])[\w.]+ ->> '\w+'\s*(=|!=|<|>|is\b|in\b|not\b|\|\|)")
    found = [
        path.name
        for folder in ("python", "models", "macros")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in (".py", ".sql") and bare.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
