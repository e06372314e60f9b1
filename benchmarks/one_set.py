"""Convert tasks: TASK_FILE OUT, as often as you like.

What a worker process does and nothing else; the benchmark runs it from a cold start. As in life,
the task is made beforehand: the catalog knows the files and the ROIs.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from rtstruct.processes import tune_memory


def convert(task_file: Path, out: Path) -> None:
    """Convert one task, all of it."""
    # As late as a worker loads it: it brings numpy.
    from rtstruct.conversion.masks.worker import convert_task

    task = pickle.loads(task_file.read_bytes())  # noqa: S301 - written by the benchmark itself
    (outcome,) = convert_task(task, out)
    if outcome.status != "done":
        raise SystemExit(f"{task_file}: {outcome.message}")


if __name__ == "__main__":
    tune_memory()
    places = [Path(argument) for argument in sys.argv[1:]]
    for start in range(0, len(places), 2):
        convert(*places[start : start + 2])
