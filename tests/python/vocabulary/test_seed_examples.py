"""Rows of the seeds that say what a name comes to: the example is the row's test."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rtstruct.catalog.vocabulary import Reading

SEEDS = Path(__file__).parents[3] / "seeds" / "vocabulary"


def test_every_example_of_a_seed_comes_out_as_its_row_says(
    read: Callable[[Sequence[str]], list[Reading]],
) -> None:
    wanted = {}
    for file in sorted(SEEDS.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if row.get("example_name"):
                    facets = (
                        row["example_class"],
                        row["example_structure"],
                        row["example_laterality"],
                    )
                    wanted[row["example_name"]] = (file.stem, *facets)
    assert {seed for seed, *_ in wanted.values()} >= {"roi_context_words", "roi_glueable_words"}
    given = {
        reading.ROIName: tuple(
            reading.facets[facet] or "" for facet in ("roi_class", "structure", "laterality")
        )
        for reading in read(list(wanted))
    }
    wrong = {name: given[name] for name, row in wanted.items() if given[name] != row[1:]}
    assert not wrong
