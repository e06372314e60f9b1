"""The rules of the user's own: rows appended to the files in ``RTSTRUCT_HOME/rules``."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from rtstruct.catalog.project import (
    OWN_NAMES,
    OWN_NAMES_OF_A_COLLECTION,
    OWN_WORDS,
    project_with_rules,
)
from rtstruct.errors import RtstructError
from rtstruct.quoting import for_spreadsheet

if TYPE_CHECKING:
    from rtstruct.home import Home

COMMENT = "rtstruct names --review"


def say_of_a_word(home: Home, word: str, meaning: str) -> None:
    """A word means a structure, a side (L, R, B), a concept, or nothing (``ignore``)."""
    _append(home, OWN_WORDS, {"word": word, "meaning": meaning, "comment": COMMENT})


def say_of_a_name(
    home: Home,
    name: str,
    *,
    roi_class: str = "",
    structure: str = "",
    laterality: str = "",
    collection_id: str = "",
) -> None:
    """A name means this everywhere, or in one collection alone."""
    row = {
        "ROIName": name,
        "roi_class": roi_class,
        "structure": structure,
        "laterality": laterality,
        "comment": COMMENT,
    }
    if collection_id:
        _append(home, OWN_NAMES_OF_A_COLLECTION, {"collection_id": collection_id, **row})
    else:
        _append(home, OWN_NAMES, row)


def _append(home: Home, file_name: str, row: dict[str, str]) -> None:
    project_with_rules(home)
    file = home.rules / file_name
    try:
        text = file.read_bytes().decode("utf-8-sig")
        columns = next(csv.reader(io.StringIO(text, newline="")), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise RtstructError(
            "own_rules_invalid", f"{file} is no CSV table in UTF-8: {error}"
        ) from None
    if missing := sorted(set(row) - set(columns)):
        raise RtstructError(
            "own_rules_invalid",
            f"{file} has no column {', '.join(missing)}",
        )
    with file.open("a", encoding="utf-8", newline="") as stream:
        if text and not text.endswith("\n"):
            stream.write("\n")
        stream.write(for_spreadsheet(row.get(column) for column in columns))
