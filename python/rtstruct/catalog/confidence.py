"""How sure the vocabulary is of what a name means: A to D; null where a user decided."""

from typing import Final

SURE: Final = ("A", "B")
GUESSES: Final = ("C", "D")
"""What somebody should look at before it is taken for what it says."""
