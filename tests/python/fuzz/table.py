"""Prints the figures of a campaign as one table: ``python table.py FIGURES``.

A fault ends the test, or is counted by the campaign, and ``make fuzz`` fails: what is listed here
with none has had none.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

FAULTS = ("tracebacks", "hangs", "blow-ups", "other ends", "writes outside")


def table(lines: list[str]) -> str:
    """Markdown, one row an entry point, from the lines of a figures file."""
    total: dict[str, dict[str, float]] = {}
    for line in lines:
        row = json.loads(line)
        sums = total.setdefault(row["entry"], {})
        for key in ("inputs", "runs", *FAULTS):
            sums[key] = sums.get(key, 0) + row.get(key, 0)
        for key in ("slowest_s", "most_MB"):
            sums[key] = max(sums.get(key, 0), row.get(key, 0))
    sums = {key: sum(row[key] for row in total.values()) for key in ("inputs", "runs", *FAULTS)}
    sums |= {
        key: max((row[key] for row in total.values()), default=0)
        for key in ("slowest_s", "most_MB")
    }
    heads = ("inputs", "runs of a command", "most CPU s", *FAULTS)
    made = [f"| entry point | {' | '.join(heads)} |", "|---|" + "---|" * len(heads)]
    for entry, row in [*total.items(), ("all", sums)]:
        numbers = [row["inputs"], row["runs"], round(row["slowest_s"], 1)]
        numbers += [row[key] for key in FAULTS]
        made.append(f"| {entry} | {' | '.join(f'{number:,}' for number in numbers)} |")
    return "\n".join(made)


if __name__ == "__main__":
    print(table(Path(sys.argv[1]).read_text().splitlines()))
