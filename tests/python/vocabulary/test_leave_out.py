"""A source is read without its own words: what was learnt from it is really forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave_out import read_left_out

from rtstruct.catalog.vocabulary import read_names

if TYPE_CHECKING:
    from rtstruct.home import Home


def test_a_word_of_one_source_alone_is_forgotten_there(vocabulary_home: Home) -> None:
    # `adductors` came with version 2; `heart`, with the first one.
    assert [r.facets["structure"] for r in read_names(["Adductors", "heart"], vocabulary_home)] == [
        "Musc_Adductor",
        "Heart",
    ]
    alone = read_left_out([("Adductors", "one"), ("heart", "one")], vocabulary_home)
    assert "adductors=adductor" not in alone[0].tokens
    assert alone[1].facets["structure"] == "Heart"


def test_a_word_that_other_sources_use_too_is_kept(vocabulary_home: Home) -> None:
    names = [("Adductors", "one"), ("adductors L", "two")]
    assert "adductors=adductor" in read_left_out(names, vocabulary_home)[0].tokens
