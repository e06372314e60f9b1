"""Rows of the seeds that say what a name comes to: the example is the row's test."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from rtstruct.catalog.vocabulary import statements

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rtstruct.catalog.vocabulary import Reading
    from rtstruct.home import Home

FACETS = {
    "roi_class": "example_class",
    "structure": "example_structure",
    "laterality": "example_laterality",
}
SEEDS = Path(__file__).parents[3] / "seeds" / "vocabulary"


def examples(seed: str = "*") -> list[dict[str, str]]:
    rows = []
    for file in sorted(SEEDS.glob(f"{seed}.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            rows += [{"seed": file.stem, **row} for row in csv.DictReader(stream)]
    return [row for row in rows if row.get("example_name")]


def test_every_example_of_a_seed_comes_out_as_its_row_says(
    read: Callable[[Sequence[str]], list[Reading]],
) -> None:
    rows = examples()
    assert {row["seed"] for row in rows} >= {
        "roi_context_words", "roi_glueable_words", "roi_class_rules", "roi_shape_traits",
        "roi_rewrites", "roi_target_words",
    }  # fmt: skip
    wrong = []
    for row, reading in zip(rows, read([row["example_name"] for row in rows]), strict=True):
        for facet, column in FACETS.items():
            if row[column] != (reading.facets[facet] or ""):
                wrong.append((row["seed"], reading.ROIName, facet, reading.facets[facet]))
    assert not wrong


def test_every_rule_has_an_example_and_fires_on_it(vocabulary_home: Home) -> None:
    with (SEEDS / "roi_class_rules.csv").open(encoding="utf-8", newline="") as stream:
        rules = [row for row in csv.DictReader(stream) if row["is_given"] == "false"]
    assert [row["priority"] for row in rules if not row["example_name"]] == []
    connection = run(vocabulary_home, [row["example_name"] for row in rules])
    fired = dict(
        connection.execute("select ROIName, priority from int_roi_names__rules").fetchall()
    )
    assert {row["example_name"]: int(row["priority"]) for row in rules} == {
        row["example_name"]: fired[row["example_name"]] for row in rules
    }


def test_every_trait_has_an_example_that_has_it(vocabulary_home: Home) -> None:
    traits = examples("roi_shape_traits")
    connection = run(vocabulary_home, [row["example_name"] for row in traits])
    found = dict(connection.execute("select ROIName, traits from int_roi_names__rules").fetchall())
    assert [row["trait"] for row in traits if row["trait"] not in found[row["example_name"]]] == []


def test_every_word_of_a_pattern_is_a_mark() -> None:
    with (SEEDS / "roi_role_marks.csv").open(encoding="utf-8", newline="") as stream:
        marks = {row["mark"] for row in csv.DictReader(stream)}
    used = set()
    for seed in ("roi_class_rules", "roi_shape_traits"):
        with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                used |= set(re.split(r"[ |()]+", row["pattern"]))
    assert used - marks == {"", "...", "not", "some", "except", "end"}


def run(home: Home, names: list[str]) -> duckdb.DuckDBPyConnection:
    """The models of the vocabulary, run on names of one cohort."""
    connection = duckdb.connect()
    connection.execute(
        "create temp table int_cohort_names as select '' as cohort, unnest(?) as ROIName,"
        " cast(null as varchar) as RTROIInterpretedType",
        [sorted(set(names))],
    )
    for _, statement in statements(connection, home):
        connection.execute(statement)
    return connection
