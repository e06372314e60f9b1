"""Inputs one after another within bounds of time and memory, and a count of them by entry point.

Each test runs for FUZZ_SECONDS; a case that fails is named by the number from which it is made
again (FUZZ_SEED). Counts are added to the file FUZZ_FIGURES, which ``fuzz/table.py`` prints.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = float(os.environ.get("FUZZ_SECONDS", "3"))
FIRST = int(os.environ.get("FUZZ_SEED", "0"))
FIGURES = os.environ.get("FUZZ_FIGURES")


def rounds(
    one: Callable[[int], Counter[str]], longest_s: float = 10.0, most_growth_MB: int = 500
) -> Counter[str]:
    """Call ``one``, which says what it has counted, with numbers until the time is up.

    ``longest_s`` is of processor time for one call, ``most_growth_MB`` of resident memory for all.
    """
    counted: Counter[str] = Counter()
    slowest: dict[str, float] = {}
    before = _megabytes()
    ends = time.monotonic() + SECONDS
    number = FIRST
    try:
        while time.monotonic() < ends:
            started = time.process_time()
            try:
                found = one(number)
            except Exception as error:
                raise AssertionError(f"input {number} raises {error!r}") from error
            taken = time.process_time() - started
            assert taken < longest_s, f"input {number} takes {taken:.1f} s"
            counted += found
            for entry in found:
                slowest[entry] = max(slowest.get(entry, 0.0), taken)
            number += 1
        assert _megabytes() - before < most_growth_MB
    finally:
        grown = _megabytes() - before
        write_figures(
            {
                entry: {"inputs": counted[entry], "slowest_s": taken, "most_MB": grown}
                for entry, taken in slowest.items()
            }
        )
    return counted


def _megabytes() -> int:
    """The most resident memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def write_figures(figures: dict[str, dict[str, float]]) -> None:
    """Add to the figures of a campaign, if there is one."""
    if FIGURES:
        with Path(FIGURES).open("a") as stream:
            stream.writelines(
                json.dumps({"entry": entry, **facts}) + "\n" for entry, facts in figures.items()
            )
