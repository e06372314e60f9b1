"""docs/queries.md: every question runs, and gives the answer that stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rtstruct.catalog.query import connect

if TYPE_CHECKING:
    from rtstruct.home import Home

PAGE = Path(__file__).parents[3] / "docs" / "queries.md"
QUESTION = re.compile(
    r"^## (?P<question>[^\n]+)\n```sql\n(?P<sql>.+?)\n```\n"
    r"On (?P<data>IDC v25|the phantom cohort):\n\n(?P<answer>(?:\|[^\n]*\n)+)",
    re.MULTILINE | re.DOTALL,
)
QUESTIONS = [match.groupdict() for match in QUESTION.finditer(PAGE.read_text())]


def as_table(columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [columns, *rows]
    shown = ["| " + " | ".join(map(as_cell, line)) + " |\n" for line in lines]
    return shown[0] + "|" + "---|" * len(columns) + "\n" + "".join(shown[1:])


def as_cell(value: object) -> str:
    if value is None:
        return ""
    return str(round(value, 6) if isinstance(value, float) else value).replace("|", "\\|")


def test_the_page_has_twenty_questions() -> None:
    assert len(QUESTIONS) >= 20
    assert len(QUESTIONS) == PAGE.read_text().count("\n## ")


@pytest.mark.parametrize("page", [pytest.param(q, id=q["question"]) for q in QUESTIONS])
def test_the_answer_is_the_one_on_the_page(
    page: dict[str, str], idc_home: Home, phantom_home: Home
) -> None:
    home = idc_home if page["data"] == "IDC v25" else phantom_home
    with connect(home) as connection:
        answer = connection.sql(page["sql"])
        assert as_table(tuple(answer.columns), answer.fetchall()) == page["answer"]
