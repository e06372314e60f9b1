"""A driver that is killed soon after a step on the file system, or never."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rtstruct.home import Home

TESTS = Path(__file__).parents[1]
PROGRAM = Path(__file__).with_name("kill_at.py")


def start(
    home: Home, step: int = 0, delay_s: float = 0, words: Sequence[str] = ()
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-B", str(PROGRAM), str(step), str(delay_s), *words],
        env={"PYTHONPATH": str(TESTS), "PATH": "", "RTSTRUCT_HOME": str(home.root)},
        stdout=subprocess.PIPE,
        text=True,
    )
