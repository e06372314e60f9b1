"""Suggestions for what no rule reads: near words, and nothing where nothing is near."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rtstruct.catalog.review import suggestions

if TYPE_CHECKING:
    from rtstruct.catalog.suggestions import Suggestions
    from rtstruct.home import Home


@pytest.fixture(scope="module")
def suggest(vocabulary_home: Home) -> Suggestions:
    return suggestions(vocabulary_home)


@pytest.mark.parametrize(
    ("text", "structure"),
    [
        ("submamandibular", "Glnd_Submand"),
        ("bladderkw", "Bladder"),
        ("L brachialplxus", "BrachialPlex"),
        ("duodenumm", "Duodenum"),
        ("Parotisxy re", "Parotid"),
    ],
)
def test_a_word_that_is_nearly_known_is_suggested_first(
    suggest: Suggestions, text: str, structure: str
) -> None:
    first = suggest(text)[0]
    assert first.structure == structure
    assert 0.3 < first.probability < 1


@pytest.mark.parametrize("text", ["", "12", "qqq", "L", "\u202e"])
def test_nothing_is_suggested_where_nothing_is_near(suggest: Suggestions, text: str) -> None:
    assert suggest(text) == []


def test_there_are_three_suggestions_at_most_and_they_are_no_certainty(
    suggest: Suggestions,
) -> None:
    found = suggest("esophagus superior")
    assert 1 <= len(found) <= 3
    assert sum(one.probability for one in found) < 1
    assert found == sorted(found, key=lambda one: -one.probability)
