"""Text from files made safe for where it goes: one function for each medium.

Names of ROIs, patients and paths are hostile: whoever wrote the file chose them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_ON_PAGE = 300
LONGEST_FILE_NAME = 120
"""Bytes in UTF-8; file systems end at 255, and prefix and suffix need some."""

_JOINERS = "\u200c\u200d"
# What turns the direction of writing, so that a text shows as another one.
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NOT_IN_CSV = re.compile(f"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_BIDI}]")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
# What parts a path, runs or joins commands in a shell, or Windows does not allow.
_NOT_IN_FILE_NAMES = frozenset("/\\:*?\"<>|$`&;'")
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{n}" for port in ("com", "lpt") for n in (*range(10), *"¹²³")]
)


def for_terminal(text: str) -> str:
    """One line, with all that a terminal might obey spelled out: controls and bidi overrides."""
    if text.isprintable():
        return text
    return "".join(
        character if _is_shown(character) else ascii(character)[1:-1] for character in text
    )


def for_page(text: str) -> str:
    """The text as a page shows it: as for a terminal, and cut where nobody would read on.

    Escaping is the template's and the browser's: this is still plain text.
    """
    if text.isascii() and text.isprintable() and len(text) <= LONGEST_ON_PAGE:
        return text
    spelled = "".join(
        # Joiners make emoji and Indic letters what they are.
        character if character in _JOINERS else for_terminal(character)
        for character in text[:LONGEST_ON_PAGE]
    )
    return spelled if len(text) <= LONGEST_ON_PAGE else f"{spelled} … ({len(text):,} characters)"


def for_json(value: Any, indent: int | None = None) -> str:
    """A value as JSON: letters of every script as they are, what cannot be seen as ``\\u`` escapes.

    Nothing is lost, lone surrogates included: a JSON reader gets every text back as it was.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(
        character if character == "\n" or _is_shown(character) else json.dumps(character)[1:-1]
        for character in text
    )


def for_csv(values: Iterable[object]) -> str:
    """One line of CSV for programs (RFC 4180), with its end; None is empty.

    Controls other than tab and ends of lines, and what turns the direction of writing, are spelled
    out: CSV has no way to say them, and terminals obey them. All else is kept to the letter;
    see :func:`for_spreadsheet` for files that people open.
    """
    # A line of nothing would be no row.
    return (",".join(map(_cell, values)) or '""') + "\n"


def for_spreadsheet(values: Iterable[object]) -> str:
    """One line of CSV for people: as :func:`for_csv`, and no text is taken for a formula.

    What begins as a formula does (``=``, ``+``, ``-``, ``@``) gets an apostrophe before it, as in
    spreadsheets themselves; :func:`from_spreadsheet` takes it off.
    """
    return for_csv(
        f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
        for value in values
    )


def from_spreadsheet(text: str) -> str:
    """The text that :func:`for_spreadsheet` wrote."""
    return text[1:] if _GUARDED.match(text) else text


def for_sql(text: object) -> str:
    """A literal of DuckDB: for statements that take no parameters."""
    return "'" + str(text).replace("'", "''") + "'"


def for_sql_name(name: str) -> str:
    """The name of a column or table in SQL."""
    return '"' + name.replace('"', '""') + '"'


def for_file_name(name: str) -> str:
    """The text as it can stand in a file name on any system; never empty, never a path.

    Letters and digits of every script are kept. What parts a path, what runs, joins or quotes in a
    shell, what Windows does not allow, blanks, and invisible characters become underscores; dots
    and hyphens at the front and dots at the end are dropped.
    """
    kept = "".join(
        "_"
        if character in _NOT_IN_FILE_NAMES or unicodedata.category(character)[0] in "CZ"
        else character
        for character in unicodedata.normalize("NFC", name)
    )
    kept = kept.encode()[:LONGEST_FILE_NAME].decode(errors="ignore").lstrip("._-").rstrip("._")
    if not kept:
        return "unnamed"
    return f"{kept}_" if kept.split(".")[0].lower() in _DEVICES else kept


def for_markdown(text: str) -> str:
    """The text in a cell of a Markdown table: nothing of it is markup."""
    return "".join(
        character if character.isprintable() and character not in "|<>[]`\\*" else "_"
        for character in text
    )


def _is_shown(character: str) -> bool:
    """Whether a terminal shows it and does nothing else: blanks of any width do no harm."""
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _cell(value: object) -> str:
    text = _NOT_IN_CSV.sub(lambda found: ascii(found[0])[1:-1], "" if value is None else str(value))
    # A bare carriage return ends the row for many readers, and blanks at the ends are trimmed.
    if re.search(r'[",\r\n]', text) or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text
