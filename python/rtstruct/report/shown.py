"""Text of files as pages show it: whole enough to know it, never longer, nothing invisible."""

from __future__ import annotations

import unicodedata

LONGEST = 300


def shown(text: str | None) -> str | None:
    """The text with controls and bidi overrides spelled out, and cut where nobody would read on."""
    if text is None:
        return None
    if text.isascii() and text.isprintable() and len(text) <= LONGEST:
        return text
    whole = len(text)
    spelled = "".join(_spelled(character) for character in text[:LONGEST])
    return spelled if whole <= LONGEST else f"{spelled} … ({whole:,} characters)"


def _spelled(character: str) -> str:
    if not unicodedata.category(character).startswith("C"):
        return character
    # Joiners make emoji and Indic letters what they are.
    return character if character in "\u200c\u200d" else ascii(character)[1:-1]
