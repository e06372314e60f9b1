"""The questions of ``rtstruct names --review``, asked and answered in a terminal."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from rtstruct.catalog.own_rules import say_of_a_name, say_of_a_word
from rtstruct.catalog.review import Question, changes, questions, structures
from rtstruct.cli.show.conversion import counted
from rtstruct.cli.show.say import say, tell, tell_json
from rtstruct.quoting import for_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rtstruct.home import Home

_HELP = """\
Answer with the number of a suggestion, or with a structure (Parotid, or Parotid L for a name).
L, R or B: the word is a side, or the side of the name (B is both). i: the word says nothing.
t: a target. h: a planning helper. o: shaped for optimization. y: it is read right.
The side and the class that a name is read with stay, unless you say others. Add @collection to
decide about a name in that collection alone. Enter leaves it open, q ends.
"""
_WORDS = {"i": "ignore", "t": "target", "h": "helperstruct", "o": "opt"}
_CLASSES = {"t": "TARGET", "h": "HELPER", "o": "DERIVED", "i": "UNKNOWN"}
_SHOWN_CHANGES = 40


def ask_and_write(home: Home) -> int:
    """Ask until there is nothing left, or no answer; each answer is a rule at once."""
    asked, known = questions(home), {one.lower(): one for one in structures(home)}
    say(f"{len(asked)} questions, most useful first.", *_HELP.splitlines())
    rules = 0
    for number, question in enumerate(asked, start=1):
        say(f"{number} of {len(asked)}: {_about(question)}", *_suggested(question))
        while (answer := _answer()) not in ("", "q"):
            if problem := _decide(home, question, answer, known):
                say(problem, *_HELP.splitlines())
            else:
                rules += 1
                break
        if answer == "q":
            break
    say(f"{counted(rules, 'rule')} written to {home.rules}")
    return show_changes(home) if rules else 0


def show_changes(home: Home, *, as_json: bool = False) -> int:
    """What a build would change, before it does."""
    found = changes(home)
    if as_json:
        tell_json([vars(change) for change in found])
        return 0
    for change in found[:_SHOWN_CHANGES]:
        tell(f"{for_json(change.ROIName)}: {_facets(change.before)} -> {_facets(change.after)}")
    if len(found) > _SHOWN_CHANGES:
        say(f"and {len(found) - _SHOWN_CHANGES} more; --json prints all")
    effect = "; `rtstruct build` makes it so" if found else ""
    say(f"{counted(len(found), 'name')} would be read otherwise{effect}")
    return 0


def _answer() -> str:
    print("> ", end="", file=sys.stderr, flush=True)
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        return "\ufffd"  # no structure has such a name
    return line.strip() if line else "q"


def _about(question: Question) -> str:
    examples = ", ".join(map(for_json, question.examples))
    what = (
        f"the word {_words(question)} in {counted(question.name_count, 'name')}: {examples}"
        + (f" ({question.reason}), {_read(question)}" if question.reading else "")
        if question.is_word
        else f"the name {for_json(question.text)} ({question.reason}), {_read(question)}"
    )
    return f"{what}, {question.series_count} series"


def _words(question: Question) -> str:
    return ", ".join(map(for_json, question.words or (question.text,)))


def _suggested(question: Question) -> list[str]:
    return [
        f"  {number}  {one.structure} ({one.probability:.0%})"
        for number, one in enumerate(question.suggestions, start=1)
    ]


def _read(question: Question) -> str:
    return f"read as {_facets(question.reading)}"


def _decide(home: Home, question: Question, answer: str, known: dict[str, str]) -> str:
    """Write the rule that an answer makes; returns what is wrong with the answer, if anything."""
    answer, _, collection = (part.strip() for part in answer.partition("@"))
    if answer.isdecimal() and 1 <= int(answer) <= len(question.suggestions):
        answer = question.suggestions[int(answer) - 1].structure
    parted = re.fullmatch(r"(.*?)(?:[ _]([LRB]))?", answer)
    stem, side = parted.groups() if parted else (answer, None)
    structure = known.get(answer.lower()) or known.get(stem.lower(), "")
    if structure.lower() == answer.lower():
        side = None
    if question.is_word:
        meaning = answer if answer in ("L", "R", "B") else _WORDS.get(answer, structure)
        if answer == "y":
            meaning = question.reading.get("structure", "")
        if not meaning or side or collection:
            return f"{answer!r} cannot be the meaning of a word"
        for word in question.words or (question.text,):
            say_of_a_word(home, word, meaning)
        return ""
    reading = question.reading
    if answer == "y" and reading["roi_class"] != "UNKNOWN":
        say_of_a_name(home, question.text, **reading, collection_id=collection)
        return ""
    if answer in ("L", "R", "B") and reading["structure"]:
        sided = reading | {"laterality": answer}
        say_of_a_name(home, question.text, **sided, collection_id=collection)
        return ""
    if not structure and answer not in _CLASSES:
        return f"there is no structure {answer!r}"
    has_structure = reading["roi_class"] in ("ANATOMY", "PRV", "DERIVED")
    say_of_a_name(
        home,
        question.text,
        roi_class=_CLASSES.get(answer, reading["roi_class"] if has_structure else "ANATOMY"),
        structure=structure,
        laterality=side or (reading["laterality"] if structure else ""),
        collection_id=collection,
    )
    return ""


def _facets(values: Mapping[str, str | None]) -> str:
    return " ".join(value for value in values.values() if value)
