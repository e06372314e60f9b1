"""The figures of docs/vocabulary.md are those that were kept; those of our own files are true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from figures import ALL, DOCS, HERE, read_kept, rows_of, tables
from labels import in_sources, read_labels
from score import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rtstruct.catalog.vocabulary import Reading


def test_the_tables_of_the_docs_are_written_from_the_figures_kept() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert [place for place, table in tables().items() if table not in text] == []


@pytest.mark.parametrize(
    "file",
    [
        "handwritten_names.csv",
        "practice_names.csv",
        "practice_names_2.csv",
        "practice_names_3.csv",
        "practice_names_4.csv",
        "found_names.csv",
    ],
)
def test_the_figures_of_our_own_files_are_what_the_vocabulary_scores(
    read: Callable[[Sequence[str]], list[Reading]], file: str
) -> None:
    labels = read_labels(HERE / file)
    scored = answers(labels, in_sources(labels, read))
    version = int(scored[0].facets["vocabulary_version"])
    wanted = [row for row in rows_of(file, "after", version, scored) if row["group"] == ALL]
    assert wanted == [
        row
        for row in read_kept()
        if (row["file"], row["moment"], row["group"]) == (file, "after", ALL)
    ]
