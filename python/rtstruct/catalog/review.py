"""What of a catalog's names a person should decide, what each decision is about, and its effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rtstruct.catalog.query import ask, connect
from rtstruct.catalog.suggestions import Suggestion, Suggestions, vocabulary_words
from rtstruct.catalog.unsure_words import unsure_words
from rtstruct.catalog.vocabulary import open_vocabulary, read_cohorts

if TYPE_CHECKING:
    from rtstruct.home import Home

_GUESS = "weak"
_COMPARED = ("roi_class", "structure", "laterality")


@dataclass(frozen=True)
class Question:
    """A word, or a name whose every word is read, that a person should say the meaning of.

    Attributes
    ----------
    is_word
        Whether ``text`` is a word of several names rather than a name.
    name_count, series_count
        Names and series that the answer is about.
    examples
        Names that hold the word.
    reason
        Why a name is asked about.
    reading
        Class, structure and side that a name is read with; of a word, the structure that it is
        guessed to be, if any.
    words
        All words that the answer is about, where clinics write the same in several ways.
    """

    text: str
    is_word: bool
    name_count: int
    series_count: int
    examples: tuple[str, ...]
    reason: str
    reading: dict[str, str]
    suggestions: tuple[Suggestion, ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A name that the vocabulary and your rules read otherwise than the catalog has it."""

    ROIName: str
    ROISeriesCount: int
    before: dict[str, Any]
    after: dict[str, Any]


def questions(home: Home) -> list[Question]:
    """Words and names to decide, those first that are about most series.

    Raises
    ------
    UsageError
        There is no catalog yet.
    """
    suggest = suggestions(home)
    with connect(home) as connection:
        words = ask(
            connection,
            """
            select word, name_count, ROISeriesCount, example_ROIName, other_example_ROIName
            from roi_words_to_review
            """,
        ).rows
        names = ask(
            connection,
            """
            select
                ROIName, ROISeriesCount,
                coalesce(conflict, review_reason || coalesce(', maybe ' || candidates, '')),
                roi_class, coalesce(structure, ''), coalesce(laterality, '')
            from roi_names_to_review
            where review_word is null and trim(ROIName) != ''
            """,
        ).rows
    asked = [
        Question(word, True, count, series, tuple({one: 0, other: 0}), "", {}, tuple(suggest(word)))
        for word, count, series, one, other in words
    ]
    series_of = {row[0]: row[1] for row in names}
    settled: set[str] = set()
    for one in unsure_words([row[0] for row in names if row[2] == _GUESS and row[4]], home):
        settled.update(one.ROINames)
        asked.append(
            Question(
                *(one.words[0], True, len(one.ROINames)),
                sum(series_of[name] for name in one.ROINames),
                (one.ROINames[0], one.ROINames[-1]),
                reason="clinics use it for several structures",
                reading={"structure": one.structure},
                suggestions=tuple(suggest(one.words[0])),
                words=one.words,
            )
        )
    asked += [
        Question(
            *(name, False, 1, series, (), reason),
            reading=dict(zip(_COMPARED, reading, strict=True)),
            suggestions=tuple(suggest(name)),
        )
        for name, series, reason, *reading in names
        if name not in settled
    ]
    return sorted(asked, key=lambda one: (-one.series_count, -one.name_count, one.text))


def template(home: Home) -> list[tuple[str, str]]:
    """Names to review, those first whose rule is about most series, each with a comment."""
    suggest = suggestions(home)
    with connect(home) as connection:
        rows = ask(
            connection,
            """
            select ROIName, review_reason, ROISeriesCount, coalesce(structure, candidates), unread
            from roi_names_to_review
            where trim(ROIName) != ''
            order by resolved_ROISeriesCount desc, review_word, ROISeriesCount desc, ROIName
            """,
        ).rows
    return [
        (name, _comment(reason, series, structure, suggest(unread or name)))
        for name, reason, series, structure, unread in rows
    ]


def _comment(reason: str, series: int, structure: str | None, suggested: list[Suggestion]) -> str:
    parts = [reason, f"{series} series"]
    if structure:
        parts.append(f"read as {structure}")
    if suggested:
        likely = (f"{one.structure} {one.probability:.2f}" for one in suggested)
        parts.append("maybe " + " or ".join(likely))
    return ", ".join(parts)


def suggestions(home: Home) -> Suggestions:
    """What may be meant, from the words of the vocabulary in use."""
    with open_vocabulary(home) as connection:
        return Suggestions(vocabulary_words(connection))


def structures(home: Home) -> list[str]:
    """The structures that a rule may name."""
    with open_vocabulary(home) as connection:
        rows = connection.execute("select structure from roi_structures order by all").fetchall()
    return [structure for (structure,) in rows]


def changes(home: Home) -> list[Change]:
    """Names of the catalog that would be read otherwise if it were built now, by series.

    Raises
    ------
    UsageError
        There is no catalog yet.
    """
    columns = ", ".join(_COMPARED)
    with connect(home) as connection:
        built = ask(
            connection,
            f"""
            select ROIName, ROISeriesCount, {columns}
            from roi_name_vocabulary
            inner join roi_name_counts using (ROIName)
            order by ROISeriesCount desc, ROIName
            """,  # noqa: S608 - only constants of this module are put in
        ).rows
        cohort_names = ask(
            connection,
            """
            select cohort, ROIName, RTROIInterpretedType
            from catalog.rtstruct_staging.int_cohort_names
            """,
        ).rows
    now = read_cohorts([(row[0], row[1], row[2]) for row in cohort_names], _COMPARED, home)
    found = []
    for name, series, *values in built:
        before = dict(zip(_COMPARED, values, strict=True))
        after = dict(zip(_COMPARED, now[name], strict=True))
        if before != after:
            found.append(Change(name, series, before, after))
    return found
