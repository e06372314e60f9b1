"""Text from files made safe for where it goes: one function for each medium."""

import unicodedata

LONGEST_ON_PAGE = 300


def for_terminal(text: str) -> str:
    """The text with all that a terminal might obey spelled out: controls and bidi overrides."""
    return "".join(
        character if not unicodedata.category(character).startswith("C") else ascii(character)[1:-1]
        for character in text
    )


def for_page(text: str) -> str:
    """The text as a page shows it: as for a terminal, and cut where nobody would read on.

    Escaping is the template's and the browser's: this is still plain text.
    """
    if text.isascii() and text.isprintable() and len(text) <= LONGEST_ON_PAGE:
        return text
    spelled = "".join(
        # Joiners make emoji and Indic letters what they are.
        character if character in "\u200c\u200d" else for_terminal(character)
        for character in text[:LONGEST_ON_PAGE]
    )
    return spelled if len(text) <= LONGEST_ON_PAGE else f"{spelled} … ({len(text):,} characters)"
