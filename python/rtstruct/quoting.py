"""Text from files made safe for where it goes: one function for each medium."""

import unicodedata


def for_terminal(text: str) -> str:
    """The text with all that a terminal might obey spelled out: controls and bidi overrides."""
    return "".join(
        character if not unicodedata.category(character).startswith("C") else ascii(character)[1:-1]
        for character in text
    )
