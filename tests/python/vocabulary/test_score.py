"""The scorer itself: what counts as right, as a wrong side, and as told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from labels import read_labels
from score import Answer, figures, intervals

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "ROIName,source,roi_class,structure,laterality\n"
NAMES = """a,one,ANATOMY,Lung,L
b,one,ANATOMY,Lung,L
c,one,ANATOMY,Lung,L
d,two,ANATOMY,Lung,L
e,two,DERIVED/HELPER,Heart/,/L
f,two,TARGET,,
g,two,ANATOMY,!IAC,R
"""
GIVEN = {
    "a": ("ANATOMY", "Lung", "L", "A"),
    "b": ("ANATOMY", "Lung", "R", "A"),
    "c": ("ANATOMY", "Lung", "", "B"),
    "d": ("UNKNOWN", "", "", "D"),
    "e": ("HELPER", "", "", "A"),
    "f": ("TARGET", "", "R", "A"),
    "g": ("ANATOMY", "IAC", "R", "C"),
}


@pytest.fixture
def scored(tmp_path: Path) -> list[Answer]:
    file = tmp_path / "labels.csv"
    file.write_text(HEAD + NAMES, encoding="utf-8")
    facets = ("roi_class", "structure", "laterality", "confidence")
    blank = {"conflict": "", "match_rule": "some.rule"}
    return [
        Answer(label, {**blank, **dict(zip(facets, GIVEN[label.ROIName], strict=True))})
        for label in read_labels(file)
    ]


def test_each_kind_of_error_is_counted_once(scored: list[Answer]) -> None:
    row = figures(scored)
    assert row["names"] == 7
    assert row["recall"] == pytest.approx(100 * 2 / 5)  # of a, b, c, d, g: a and g
    assert row["precision"] == pytest.approx(100 * 2 / 4)  # of a, b, c, g
    assert row["class"] == pytest.approx(100 * 6 / 7)
    assert row["A right"] == pytest.approx(100 * 3 / 4 - 100 / 4)  # a and e; not b, nor f
    assert (row["wrong side"], row["untold side"], row["invented side"]) == (1, 1, 1)
    assert row["unflagged"] == 1  # c stands with B and is not to be reviewed
    assert row["errors listed"] == pytest.approx(100 * 1 / 4)  # of b, c, d, f: d


def test_an_interval_holds_its_figure(scored: list[Answer]) -> None:
    row = figures(scored)
    for share, (low, high) in intervals(scored).items():
        assert math.isnan(row[share]) or low <= row[share] <= high, share
