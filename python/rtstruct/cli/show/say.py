"""The only way from a command to a person: nothing that comes from a file is obeyed by a terminal.

Data goes to standard output, messages to standard error.
"""

from __future__ import annotations

import sys
from typing import Any

from rtstruct.quoting import for_json, for_terminal

_LONGEST = 2000


def tell(*lines: object) -> None:
    """Print lines of a result."""
    for line in lines:
        print(for_terminal(str(line)))
    sys.stdout.flush()


def tell_json(value: Any, indent: int | None = 2) -> None:
    """Print a result for programs, as one JSON document."""
    print(for_json(value, indent))


def say(*lines: object) -> None:
    """Print messages, a line each; a name of 64 kB does not push the others off the screen."""
    for line in lines:
        text = str(line)
        cut = f"{text[:_LONGEST]} … ({len(text):,} characters)" if len(text) > _LONGEST else text
        print(for_terminal(cut), file=sys.stderr, flush=True)
