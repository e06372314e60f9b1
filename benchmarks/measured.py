"""What commands cost with all that they start: clock, processor, memory of the largest process.

    python benchmarks/measured.py FILE

runs the commands in FILE (JSON) one after the other and prints the three. It is a process of its
own, so that whatever a command leaves behind, and nothing else, is waited for and counted.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROUNDS = 5
PR_SET_CHILD_SUBREAPER = 36
# As in an installation, modules are compiled once; as in a worker, numpy starts no threads.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
ENVIRONMENT |= {"OPENBLAS_NUM_THREADS": "1", "DO_NOT_TRACK": "1"}

Commands = list[list[str]]


class Cost(NamedTuple):
    """What commands cost together."""

    seconds: float
    cpu_s: float
    """User and system time of all processes."""
    peak_MB: float


class Tool(NamedTuple):
    """What is measured beside others."""

    commands: Commands
    home: Path | None = None
    """RTSTRUCT_HOME of the commands."""
    before: Callable[[], object] = lambda: None
    """Makes what the commands find; not measured."""


def cost_of(tool: Tool) -> Cost:
    """Run the commands of a tool, once."""
    tool.before()
    environment = ENVIRONMENT | ({"RTSTRUCT_HOME": str(tool.home)} if tool.home else {})
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(tool.commands, file)
        file.flush()
        done = subprocess.run(
            [sys.executable, __file__, file.name],
            check=True,
            env=environment,
            capture_output=True,
            text=True,
        )
    return Cost(*json.loads(done.stdout))


def in_turn(tools: Mapping[str, Tool], rounds: int = ROUNDS) -> dict[str, Cost]:
    """Medians of several rounds, in each of which every tool runs once."""
    costs: dict[str, list[Cost]] = {name: [] for name in tools}
    for _ in range(rounds):
        for name, tool in tools.items():
            costs[name].append(cost_of(tool))
    return {name: Cost(*map(median, zip(*each, strict=True))) for name, each in costs.items()}


def _run(commands: Sequence[Sequence[str]]) -> Cost:
    with suppress(AttributeError, OSError):  # Linux only: elsewhere orphans go uncounted
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    started = time.perf_counter()
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    with suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    print(json.dumps(_run(json.loads(Path(sys.argv[1]).read_text()))))
