"""One table of codes: what Python raises and SQL selects is in it, and nothing else is."""

from __future__ import annotations

import ast
import csv
import re
import runpy
from typing import TYPE_CHECKING

import pytest

from rtstruct.catalog.project import project_folder
from rtstruct.codes import codes, remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = project_folder()
PYTHON = sorted((ROOT / "python").rglob("*.py"))
SQL = sorted((ROOT / "models").rglob("*.sql"))

# Calls whose first argument is a code; of `unreadable` it is the second, after the file.
RAISING = {"RtstructError": 0, "TransferError": 0, "TruncatedError": 0, "Unreadable": 0}
GIVING = {"unreadable": 1, "Failure": 1, "ROIFailure": 2, "Outcome": 2}
NAMES = {"code", "error_code", "reason_code", "finding_code"}


def test_every_code_that_python_raises_is_in_the_table() -> None:
    raised = {code: path for path in PYTHON for code in _raised(ast.parse(path.read_text()))}
    assert len(raised) > 50
    unknown = {code: str(path) for code, path in raised.items() if code not in codes()}
    assert unknown == {}


def test_every_code_that_sql_selects_is_in_the_table() -> None:
    selected = {code: path for path in SQL for code in _selected(path.read_text())}
    assert len(selected) > 25
    unknown = {code: str(path) for code, path in selected.items() if code not in codes()}
    assert unknown == {}


def test_every_code_of_the_table_is_raised_or_selected_somewhere() -> None:
    words = {word for path in PYTHON for word in _words(ast.parse(path.read_text()))}
    words |= {code for path in SQL for code in _selected(path.read_text())}
    assert set(codes()) - words == set()


def test_every_note_of_a_mask_begins_with_a_code() -> None:
    notes = {
        note
        for path in PYTHON
        if "conversion" in path.relative_to(ROOT).parts
        for text in _texts(ast.parse(path.read_text()))
        for note in re.findall(r"^([a-z_]+): ", text)
    }
    assert {"clipped", "no_voxel", "boundary_inclusive"} <= notes
    assert [note for note in notes if note not in codes()] == []


def test_the_table_is_whole_and_in_order() -> None:
    with (ROOT / "seeds" / "codes.csv").open(newline="") as seed:
        rows = list(csv.DictReader(seed))
    assert len({row["code"] for row in rows}) == len(rows)
    assert all(value and value == value.strip() for row in rows for value in row.values())
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", row["code"]) for row in rows)
    sentences = ("meaning", "example", "why", "remedy")
    assert [row for row in rows if not all(row[name].endswith(".") for name in sentences)] == []
    scopes = list(dict.fromkeys(row["scope"] for row in rows))
    keys = [(scopes.index(row["scope"]), row["code"]) for row in rows]
    assert keys == sorted(keys), "sorted by scope, then by code"


def test_no_advice_destroys_what_may_be_the_only_copy() -> None:
    for code in codes().values():
        assert not re.search(r"\b(delete|remove|erase|overwrite)\b", code.remedy, re.I), code


@pytest.mark.parametrize("code", ["checksum", "sheared_stack"])
def test_the_remedy_of_a_code_is_that_of_the_table(code: str) -> None:
    assert remedy(code) == codes()[code].remedy != ""
    assert remedy("of_another_version") == ""


def test_no_error_that_is_registered_brings_advice_of_its_own() -> None:
    # A command may say more of its own case: a path, a number, another command.
    scopes = {code.code: code.scope for code in codes().values()}
    own = [
        (str(path), call.args[0].value)
        for path in PYTHON
        if "library" not in path.parts
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in RAISING
        and len(call.args) > 2
        and isinstance(call.args[0], ast.Constant)
        and scopes.get(str(call.args[0].value)) != "command"
    ]
    assert own == []


def test_options_and_commands_that_advice_names_exist() -> None:
    from rtstruct.cli import COMMANDS

    advice = " ".join(code.remedy for code in codes().values())
    assert set(re.findall(r"`rtstruct ([a-z-]+)", advice)) <= COMMANDS.keys()
    sources = " ".join(path.read_text() for path in (ROOT / "python/rtstruct/cli").rglob("*.py"))
    assert [option for option in re.findall(r"(--[a-z-]+)", advice) if option not in sources] == []


def test_the_page_is_written_from_the_table() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "make_codes.py"))["page"]()
    assert (ROOT / "docs" / "codes.md").read_text() == page, "run `make codes`"
    assert set(re.findall(r"^### `(\w+)`$", page, re.M)) == set(codes())


def _raised(tree: ast.Module) -> Iterator[str]:
    """Literal codes in calls that raise or give one, and in what is assigned to a code's name."""
    for node in ast.walk(tree):
        found: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            place = (RAISING | GIVING).get(name)
            if place is not None and len(node.args) > place:
                found.append(node.args[place])
            found += [keyword.value for keyword in node.keywords if keyword.arg in NAMES]
        elif isinstance(node, ast.Assign):
            found += _assigned(node)
        for value in found:
            for part in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def _assigned(node: ast.Assign) -> Iterator[ast.expr]:
    for target in node.targets:
        names = target.elts if isinstance(target, ast.Tuple) else [target]
        values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        for name, value in zip(names, values, strict=False):
            if isinstance(name, ast.Name) and name.id in NAMES:
                yield value


def _selected(sql: str) -> Iterator[str]:
    """Codes that a model gives as finding_code or reason_code."""
    yield from re.findall(r"'(\w+)' as (?:finding_code|reason_code)", sql)
    for body in re.findall(r"\bcase\b((?:(?!\bcase\b).)*?)\bend\s+as reason_code", sql, re.S):
        yield from re.findall(r"then\s+'(\w+)'", body)


def _texts(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _words(tree: ast.Module) -> Iterator[str]:
    """Strings, first words of notes, and names of keyword arguments (counters of reasons)."""
    for text in _texts(tree):
        yield text.partition(":")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg
