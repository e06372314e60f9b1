"""What a word or a name that no rule reads may mean: suggestions for its reader, never answers.

Nearest neighbours by their letters: each word of the vocabulary that names a structure is a vector
of the character n-grams (2 to 4, with the blanks around it) that it holds, weighted by TF-IDF as
Salton and Buckley (1988) have it. The likeness of two words is the cosine of their vectors.
A probability comes from the likeness of the best structures and of "something else"; both
constants are fitted on the vocabulary's own words, each left out in turn
(`tests/python/vocabulary/fit_suggestions.py`).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

TEMPERATURE = 0.07
NOTHING = 0.5
MOST = 3
_LEAST = 0.05
_SIDES = re.compile(r"(^|[^a-z])(left|right|lt|rt|li|re|dx|sx|[lr])(?=[^a-z]|$)")


@dataclass(frozen=True)
class Suggestion:
    """A structure that something may mean, and how probably (0 to 1)."""

    structure: str
    probability: float


class Suggestions:
    """The words of a vocabulary, ready to be compared with others.

    Parameters
    ----------
    words
        Pairs of a word (or words, parted by blanks) and the structure that it names.
    """

    def __init__(self, words: Iterable[tuple[str, str]]) -> None:
        entries = sorted(set(words))
        counts = [Counter(_n_grams(word)) for word, _ in entries]
        frequency = Counter(gram for count in counts for gram in count)
        self._rarity = {
            gram: math.log((1 + len(entries)) / (1 + seen)) + 1 for gram, seen in frequency.items()
        }
        self._words = [word for word, _ in entries]
        self._structures = [structure for _, structure in entries]
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, count in enumerate(counts):
            for gram, weight in self._vector(count).items():
                self._postings[gram].append((number, weight))

    def __call__(self, text: str, without: str | None = None) -> list[Suggestion]:
        """At most three structures, most probable first; ``without`` leaves a word out."""
        likeness = self.likeness(text, without)
        weights = {key: math.exp(value / TEMPERATURE) for key, value in likeness.items()}
        total = sum(weights.values()) + math.exp(NOTHING / TEMPERATURE)
        ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:MOST]
        suggestions = [Suggestion(structure, weight / total) for structure, weight in ranked]
        return [one for one in suggestions if one.probability >= _LEAST]

    def likeness(self, text: str, without: str | None = None) -> dict[str, float]:
        """Each structure's greatest likeness (0 to 1) to a text."""
        products: dict[int, float] = defaultdict(float)
        for gram, weight in self._vector(Counter(_n_grams(plain(text)))).items():
            for number, other in self._postings.get(gram, ()):
                products[number] += weight * other
        best: dict[str, float] = {}
        for number, product in products.items():
            if self._words[number] != without:
                structure = self._structures[number]
                best[structure] = max(product, best.get(structure, 0.0))
        return best

    def _vector(self, count: Counter[str]) -> dict[str, float]:
        unseen = math.log(1 + len(self._rarity)) + 1
        weights = {
            gram: (1 + math.log(number)) * self._rarity.get(gram, unseen)
            for gram, number in count.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {gram: weight / length for gram, weight in weights.items()}


def vocabulary_words(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Words and names of structures in the seeds of a vocabulary, whose schema is in use."""
    return connection.execute(
        """
        with phrases as (
            select concepts, structure
            from roi_phrases
            where roi_class in ('ANATOMY', 'LAYER') and structure is not null
        )
        select roi_words.word, phrases.structure
        from roi_words
        inner join phrases on roi_words.concepts = phrases.concepts
        union
        select replace(lower(tg263_name), '_', ' '), structure from tg263_names
        where laterality is null
        union
        select concepts, structure from phrases
        """
    ).fetchall()


def plain(text: str) -> str:
    """A name in lower case, its words parted by blanks, without figures and sides."""
    parted = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower()
    return " ".join(re.sub(r"[\W\d_]+", " ", _SIDES.sub(r"\1 ", parted)).split())


def _n_grams(text: str) -> list[str]:
    padded = f" {text} "
    return [padded[at : at + n] for n in (2, 3, 4) for at in range(len(padded) - n + 1)]
