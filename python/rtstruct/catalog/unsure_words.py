"""Words that clinics use for several structures (hip, femur): one decision settles all names."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtstruct.catalog.vocabulary import open_vocabulary, read_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rtstruct.home import Home


@dataclass(frozen=True)
class UnsureWord:
    """A word with all its spellings in some names, and the structure that it is guessed to be.

    Attributes
    ----------
    words
        The spellings, the commonest one first.
    ROINames
        Names that are guesses because of it, two at least.
    """

    words: tuple[str, ...]
    structure: str
    ROINames: tuple[str, ...]


def unsure_words(names: Sequence[str], home: Home) -> list[UnsureWord]:
    """The words of seed ``roi_unsure_phrases`` that make guesses of these names."""
    structures, spellings = _seeds(home)
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    named: dict[str, dict[str, None]] = defaultdict(dict)
    for reading in read_names(list(names), home) if names else ():
        found = _found(reading.tokens, spellings)
        concepts = [one for one in found if structures[one] == reading.facets["structure"]]
        if len(concepts) == 1:
            (concept,) = concepts
            spelled[concept][found[concept]] += 1
            named[concept][reading.ROIName] = None
    return [
        UnsureWord(
            tuple(word for word, _ in spelled[concept].most_common()),
            structures[concept],
            tuple(members),
        )
        for concept, members in named.items()
        if len(members) > 1
    ]


def _seeds(home: Home) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Structure and spellings of each concept that is a guess by itself."""
    with open_vocabulary(home) as connection:
        rows = connection.execute(
            """
            select concepts, structure, list(word order by length(word) desc, word)
            from roi_unsure_phrases
            inner join roi_phrases using (concepts)
            inner join roi_words using (concepts)
            where concepts not like '% %' and structure is not null and not only_helps
            group by concepts, structure
            """
        ).fetchall()
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


def _found(tokens: Sequence[str], spellings: dict[str, list[str]]) -> dict[str, str]:
    """Concepts of the tokens (``rfemur=femur+right``), each with the longest word in its token."""
    found = {}
    for entry in tokens:
        token, _, meaning = entry.partition("=")
        for concept in (meaning or token).split("+"):
            word = next((one for one in spellings.get(concept, ()) if one in token), None)
            if word:
                found[concept] = word
    return found
