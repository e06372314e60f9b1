"""Rewrites of names and words of targets: the SQL has the rows, and each row is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from vocabulary.seed_macros import MACROS, macros, seed_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rtstruct.catalog.vocabulary import Reading

STEPS = (
    "accents",
    "letters",
    "lower",
    "unambiguous",
    "spelled_out",
    "cut_short",
    "joined",
    "text",
    "parted_sides",
)


def test_the_macros_have_the_rows_of_the_seeds() -> None:
    assert MACROS.read_text(encoding="utf-8") == macros(), "make vocabulary-macros"


def rewritten(name: str, rows: list[dict[str, str]]) -> str:
    """A name after these rows, one after the other."""
    for step in STEPS:
        for row in rows:
            if row["step"] == step:
                ((name,),) = duckdb.execute(
                    "select regexp_replace(?, ?, ?, 'g')",
                    [name, row["pattern"], row["replacement"]],
                ).fetchall()
        if step == "lower":
            name = name.lower()
    return name


def test_steps_and_places_are_in_order() -> None:
    keys = [(STEPS.index(row["step"]), int(row["place"])) for row in seed_rows("roi_rewrites")]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize(
    "row", seed_rows("roi_rewrites"), ids=lambda row: f"{row['step']}-{row['place']}"
)
def test_every_rewrite_changes_its_example(row: dict[str, str]) -> None:
    rows = seed_rows("roi_rewrites")
    others = [other for other in rows if other != row]
    assert rewritten(row["example_name"], rows) != rewritten(row["example_name"], others)


def test_every_word_tells_of_its_example_what_its_row_says(
    read: Callable[[Sequence[str]], list[Reading]],
) -> None:
    rows = seed_rows("roi_target_words")
    facet_of = {
        "type": "target_type",
        "type_by_concept": "target_type",
        "part": "target_part",
        "part_before": "target_part",
    }
    wrong = []
    for row, reading in zip(rows, read([row["example_name"] for row in rows]), strict=True):
        facets = reading.facets
        told = {
            "alone": facets["confidence"] in ("A", "B"),
            "numbered": str(facets["target_index"]) == row["example_name"].split()[-1],
        }
        if not told.get(row["tells"], facets.get(facet_of.get(row["tells"], "")) == row["value"]):
            wrong.append((row["word"], row["tells"], facets))
    assert wrong == []
